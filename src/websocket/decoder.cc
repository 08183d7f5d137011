#include "websocket/decoder.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"

namespace lectern::websocket {
namespace {

constexpr std::size_t kMaxControlPayload = 125;
constexpr std::uint32_t kMaxFragments = 65536;  // empty ones included

bool is_control(Opcode opcode) { return static_cast<unsigned>(opcode) >= 8; }

bool is_known(unsigned opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

void unmask(std::span<char> payload, std::uint32_t key) {
  const std::uint64_t wide = std::uint64_t{key} << 32 | key;
  std::size_t at = 0;
  for (; at + sizeof wide <= payload.size(); at += sizeof wide) {
    std::uint64_t word;
    std::memcpy(&word, payload.data() + at, sizeof word);
    word ^= wide;
    std::memcpy(payload.data() + at, &word, sizeof word);
  }
  char bytes[4];
  std::memcpy(bytes, &key, sizeof bytes);
  for (; at < payload.size(); ++at)
    payload[at] = static_cast<char>(payload[at] ^ bytes[at % sizeof bytes]);
}

// RFC 6455 section 7.4: the codes that may stand in a close frame.
bool is_valid_close(std::string_view payload) {
  if (payload.empty()) return true;
  if (payload.size() == 1) return false;
  const unsigned code =
      static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

struct Decoder::Header {
  Opcode opcode;
  bool fin;
  std::size_t size;
  std::size_t payload_size;
  std::uint32_t key;  // as it stands in memory
};

// RFC 6455 section 5.2. Nothing when the header is not complete yet; what is refused is refused as
// soon as the bytes that show it are there.
Result<std::optional<Decoder::Header>> Decoder::read_header(std::string_view bytes) const {
  const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.empty()) return std::optional<Header>{};
  const unsigned opcode = byte(0) & 0x0fU;
  const bool fin = (byte(0) & 0x80) != 0;
  if ((byte(0) & 0x70) != 0 || !is_known(opcode)) return Errc::malformed_frame;
  const bool control = is_control(static_cast<Opcode>(opcode));
  if (control && !fin) return Errc::malformed_frame;
  if (!control && fragmented_ != (opcode == 0)) return Errc::malformed_frame;
  if (bytes.size() < 2) return std::optional<Header>{};
  if ((byte(1) & 0x80) == 0) return Errc::malformed_frame;

  std::uint64_t payload_size = byte(1) & 0x7fU;
  if (control && payload_size > kMaxControlPayload) return Errc::malformed_frame;
  const std::size_t width = payload_size == 126 ? 2 : payload_size == 127 ? 8 : 0;
  if (bytes.size() < 2 + width) return std::optional<Header>{};
  if (width > 0) {
    payload_size = 0;
    for (std::size_t i = 0; i < width; ++i) payload_size = payload_size << 8 | byte(2 + i);
    // The shortest form is a must, and the top bit of 64 is 0.
    if (payload_size < (width == 2 ? 126U : 65536U) || payload_size >> 63 != 0)
      return Errc::malformed_frame;
  }
  if (!control && payload_size > max_payload_ - message_.size()) return Errc::payload_too_large;
  if (bytes.size() < 6 + width) return std::optional<Header>{};
  Header header{static_cast<Opcode>(opcode), fin, 6 + width, static_cast<std::size_t>(payload_size),
                0};
  std::memcpy(&header.key, bytes.data() + 2 + width, sizeof header.key);
  return std::optional<Header>{header};
}

Result<std::optional<Message>> Decoder::next(std::span<char>& bytes) {
  if (used_up_) {
    used_up_ = false;
    pending_ = {};
    if (!fragmented_) message_ = {};
  }
  while (!bytes.empty()) {
    const bool kept = !pending_.empty();
    if (kept) {
      // Byte by byte until the header is whole, then as much as its payload wants.
      const auto before = read_header(pending_);
      if (!before) return before.error();
      const std::size_t wanted =
          *before ? (*before)->size + (*before)->payload_size - pending_.size() : 1;
      const std::size_t taken = std::min(wanted, bytes.size());
      pending_.append(bytes.data(), taken);
      bytes = bytes.subspan(taken);
    }
    const std::span<char> frame = kept ? std::span<char>(pending_) : bytes;
    const auto header = read_header({frame.data(), frame.size()});
    if (!header) return header.error();
    if (!*header || frame.size() < (*header)->size + (*header)->payload_size) {
      if (!kept) {
        pending_.assign(bytes.data(), bytes.size());
        bytes = {};
      }
      continue;
    }
    if (!kept) bytes = bytes.subspan((*header)->size + (*header)->payload_size);
    const auto message = finish(**header, frame.subspan((*header)->size, (*header)->payload_size));
    if (!message || *message) {
      used_up_ = true;
      return message;
    }
    pending_.clear();
  }
  return std::optional<Message>{};
}

Result<std::optional<Message>> Decoder::finish(const Header& header, std::span<char> payload) {
  unmask(payload, header.key);
  const std::string_view text(payload.data(), payload.size());
  if (is_control(header.opcode)) {
    if (header.opcode == Opcode::close) {
      if (!is_valid_close(text)) return Errc::malformed_frame;
      if (text.size() > 2 && !is_valid_utf8(text.substr(2))) return Errc::invalid_utf8;
    }
    return std::optional<Message>{{header.opcode, text}};
  }
  if (fragmented_ || !header.fin) return join(header, payload);
  if (header.opcode == Opcode::text && !is_valid_utf8(text)) return Errc::invalid_utf8;
  return std::optional<Message>{{header.opcode, text}};
}

Result<std::optional<Message>> Decoder::join(const Header& header, std::span<char> payload) {
  if (!fragmented_) {
    fragmented_ = true;
    fragmented_opcode_ = header.opcode;
    fragments_ = 0;
  }
  if (++fragments_ > kMaxFragments) return Errc::malformed_frame;
  message_.append(payload.data(), payload.size());
  if (!header.fin) return std::optional<Message>{};
  fragmented_ = false;
  if (fragmented_opcode_ == Opcode::text && !is_valid_utf8(message_)) return Errc::invalid_utf8;
  return std::optional<Message>{{fragmented_opcode_, message_}};
}

}  // namespace lectern::websocket
