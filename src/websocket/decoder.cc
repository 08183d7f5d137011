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
  bool compressed;
  bool masked;
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
  if ((byte(0) & 0x30) != 0 || !is_known(opcode)) return Errc::malformed_frame;
  const bool control = is_control(static_cast<Opcode>(opcode));
  const bool compressed = (byte(0) & 0x40) != 0;
  if (compressed && (compression_ == Compression::none || control || opcode == 0))
    return Errc::malformed_frame;
  if (control && !fin) return Errc::malformed_frame;
  if (!control && in_message() != (opcode == 0)) return Errc::malformed_frame;
  if (bytes.size() < 2) return std::optional<Header>{};
  const bool masked = (byte(1) & 0x80) != 0;
  if (masked != (role_ == Role::server)) return Errc::malformed_frame;

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
  if (!control && payload_size > max_payload_ - (partial_ ? partial_->joined : 0))
    return Errc::payload_too_large;
  const std::size_t size = 2 + width + (masked ? 4 : 0);
  if (bytes.size() < size) return std::optional<Header>{};
  Header header{static_cast<Opcode>(opcode),
                fin,
                compressed,
                masked,
                size,
                static_cast<std::size_t>(payload_size),
                0};
  if (masked) std::memcpy(&header.key, bytes.data() + 2 + width, sizeof header.key);
  return std::optional<Header>{header};
}

void Decoder::drop_handed_out() {
  handed_out_ = false;
  partial_->bytes.resize(partial_->joined);
  if (!in_message()) partial_.reset();
}

Decoder::Partial& Decoder::keep() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return *partial_;
}

// Moves bytes to the frame whose first part is kept: byte by byte until its header is whole, then
// as much as its payload wants. Returns the frame so far.
Result<std::span<char>> Decoder::complete_kept(std::span<char>& bytes) {
  std::string& kept = partial_->bytes;
  const std::size_t joined = partial_->joined;
  const std::size_t had = kept.size() - joined;
  const auto header = read_header(std::string_view(kept).substr(joined));
  if (!header) return header.error();
  const std::size_t wanted = *header ? (*header)->size + (*header)->payload_size - had : 1;
  const std::size_t taken = std::min(wanted, bytes.size());
  kept.append(bytes.data(), taken);
  bytes = bytes.subspan(taken);
  return std::span<char>(kept).subspan(joined);
}

Result<std::optional<Message>> Decoder::next(std::span<char>& bytes) {
  if (handed_out_) drop_handed_out();
  while (!bytes.empty()) {
    const bool kept = partial_ && partial_->bytes.size() > partial_->joined;
    const Result<std::span<char>> frame = kept ? complete_kept(bytes) : bytes;
    if (!frame) return frame.error();
    const auto header = read_header({frame->data(), frame->size()});
    if (!header) return header.error();
    if (!*header || frame->size() < (*header)->size + (*header)->payload_size) {
      if (!kept) {
        keep().bytes.append(bytes.data(), bytes.size());
        bytes = {};
      }
      continue;
    }
    const auto payload = frame->subspan((*header)->size, (*header)->payload_size);
    if (!kept) bytes = bytes.subspan((*header)->size + payload.size());
    const auto message = finish(**header, payload, kept);
    if (!message || *message) return message;
  }
  return std::optional<Message>{};
}

Result<std::optional<Message>> Decoder::finish(const Header& header, std::span<char> payload,
                                               bool kept) {
  if (header.masked) unmask(payload, header.key);
  const std::string_view text(payload.data(), payload.size());
  if (is_control(header.opcode)) {
    if (header.opcode == Opcode::close) {
      if (!is_valid_close(text)) return Errc::malformed_frame;
      if (text.size() > 2 && !is_valid_utf8(text.substr(2))) return Errc::invalid_utf8;
    }
  } else if (in_message() || !header.fin) {
    return join(header, payload, kept);
  } else if (header.opcode == Opcode::text && !header.compressed && !is_valid_utf8(text)) {
    return Errc::invalid_utf8;
  }
  handed_out_ = kept;
  return std::optional<Message>{{header.opcode, text, header.compressed}};
}

Result<std::optional<Message>> Decoder::join(const Header& header, std::span<char> payload,
                                             bool kept) {
  Partial& partial = keep();
  if (!in_message()) {
    partial.opcode = header.opcode;
    partial.compressed = header.compressed;
    partial.fragments = 0;
  }
  if (++partial.fragments > kMaxFragments) return Errc::malformed_frame;
  if (kept) {
    partial.bytes.erase(partial.joined, header.size);
  } else {
    partial.bytes.append(payload.data(), payload.size());
  }
  partial.joined = partial.bytes.size();
  if (!header.fin) return std::optional<Message>{};

  const Message message{partial.opcode, partial.bytes, partial.compressed};
  if (message.opcode == Opcode::text && !message.compressed && !is_valid_utf8(message.payload))
    return Errc::invalid_utf8;
  partial.opcode = Opcode::continuation;
  partial.joined = 0;
  handed_out_ = true;
  return std::optional<Message>{message};
}

}  // namespace lectern::websocket
