#include "websocket/encoder.h"

#include <openssl/evp.h>

#include <array>
#include <cassert>

#include "base/base64.h"

namespace lectern::websocket {
namespace {

struct Bits {
  bool fin;
  bool compressed;
  bool masked;
};

void append_header(std::string& out, Opcode opcode, std::size_t size, Bits bits) {
  const unsigned mask = bits.masked ? 0x80U : 0;
  out += static_cast<char>((bits.fin ? 0x80U : 0) | (bits.compressed ? 0x40U : 0) |
                           static_cast<unsigned>(opcode));
  if (size < 126) {
    out += static_cast<char>(mask | size);
    return;
  }
  const unsigned width = size <= 0xffff ? 2 : 8;
  out += static_cast<char>(mask | (width == 2 ? 126U : 127U));
  for (unsigned i = width; i-- > 0;) out += static_cast<char>(size >> (8 * i) & 0xff);
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload, bool compressed) {
  append_header(out, opcode, payload.size(),
                {.fin = true, .compressed = compressed, .masked = false});
  out += payload;
}

void append_close(std::string& out, CloseCode code, std::string_view reason) {
  assert(reason.size() <= 123);
  std::string payload;
  payload += static_cast<char>(static_cast<unsigned>(code) >> 8);
  payload += static_cast<char>(static_cast<unsigned>(code) & 0xff);
  payload += reason;
  append_frame(out, Opcode::close, payload);
}

void append_client_frame(std::string& out, Opcode opcode, std::string_view payload,
                         std::uint32_t key, bool fin, bool compressed) {
  append_header(out, opcode, payload.size(),
                {.fin = fin, .compressed = compressed, .masked = true});
  const std::array<char, 4> mask = {static_cast<char>(key >> 24), static_cast<char>(key >> 16),
                                    static_cast<char>(key >> 8), static_cast<char>(key)};
  out.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i)
    out += static_cast<char>(payload[i] ^ mask[i % mask.size()]);
}

std::string accept_key(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  return base64_encode({reinterpret_cast<const char*>(digest.data()), size});
}

bool is_valid_key(std::string_view key) {
  const auto bytes = base64_decode(key);
  return bytes && bytes->size() == 16;
}

}  // namespace lectern::websocket
