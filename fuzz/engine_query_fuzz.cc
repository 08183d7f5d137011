#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/handshake_query.h"

namespace {

using namespace lectern::engine;

void append_encoded(std::string& out, std::string_view name, std::string_view value) {
  constexpr char kHex[] = "0123456789ABCDEF";
  out += out.empty() ? "" : "&";
  out += name;
  out += '=';
  for (const char c : value) {
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

// Property: what was read, written with every byte escaped, reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto read = parse_handshake_query({reinterpret_cast<const char*>(bytes), size});
  if (!read) {
    if (json_body(read.error()).empty()) std::abort();
    return 0;
  }
  std::string written;
  append_encoded(written, "EIO", "4");
  append_encoded(written, "sid", read->sid);
  append_encoded(written, "transport",
                 read->transport == Transport::websocket ? "websocket" : "polling");
  if (read->jsonp) append_encoded(written, "j", *read->jsonp);
  if (read->base64) append_encoded(written, "b64", "1");
  const auto again = parse_handshake_query(written);
  if (!again || again->sid != read->sid || again->transport != read->transport ||
      again->jsonp != read->jsonp || again->base64 != read->base64) {
    std::abort();
  }
  return 0;
}
