#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "client/http_answer.h"
#include "websocket/deflate_negotiation.h"

namespace {

using lectern::client::HttpAnswer;
using lectern::client::HttpAnswerReader;

constexpr std::size_t kMaxBody = 1000;

std::string said_by(const HttpAnswer& answer) {
  if (answer.body.size() > kMaxBody) std::abort();
  const auto deflate = lectern::websocket::read_deflate_answer(answer.extensions);
  return std::to_string(answer.status) + (answer.keep_alive ? " keep " : " end ") + answer.upgrade +
         ' ' + answer.websocket_accept + ' ' + answer.extensions +
         (deflate ? *deflate ? " deflate" : " plain" : " refused") + '\n' + answer.body + '\n';
}

// Everything that a connection made of these bytes says, up to its end.
std::string read(std::string_view bytes, std::size_t piece) {
  HttpAnswerReader reader(kMaxBody);
  std::string said;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      const auto answer = reader.read(part);
      if (!answer) return said;  // some faults are seen earlier in longer pieces
      if (*answer) said += said_by(**answer);
    }
  }
  const auto last = reader.end();
  return last ? said + "at the end: " + said_by(*last) : said;
}

}  // namespace

// Properties: what a server answers does not depend on how its bytes were cut, and no body is
// larger than the limit. The first byte chooses the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  if (read(input, std::size_t{bytes[0]} % 64 + 1) != read(input, size)) std::abort();
  return 0;
}
