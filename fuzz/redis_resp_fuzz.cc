// Property: however the bytes of replies are cut, the same replies come out of them, and they take
// no more memory than came in.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "redis/resp.h"

namespace {

using lectern::redis::Reply;

// The reply written again, which says all that is in it.
void append(std::string& out, const Reply& reply) {
  out += static_cast<char>('0' + static_cast<int>(reply.kind));
  out += std::to_string(reply.number) + ' ' + std::to_string(reply.text.size()) + reply.text;
  out += '[';
  for (const auto& item : reply.items) append(out, item);
  out += ']';
}

std::size_t size_of(const Reply& reply) {
  std::size_t size = reply.text.size();
  for (const auto& item : reply.items) size += 1 + size_of(item);
  return size;
}

std::string read(std::string_view bytes, std::size_t piece) {
  lectern::redis::ReplyReader reader({64, 256, 128, 4});
  const std::size_t came = bytes.size();
  std::string out;
  std::size_t sizes = 0;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      const auto reply = reader.read(part);
      if (!reply) return out + '!';
      if (!*reply) continue;
      append(out, **reply);
      sizes += size_of(**reply);
    }
  }
  return sizes > came ? "too much" : out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::string whole = read(text, size + 1);
  if (whole == "too much" || read(text, 1) != whole || read(text, 7) != whole) std::abort();
  return 0;
}
