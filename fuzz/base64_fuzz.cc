#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/base64.h"

// Properties: every text has one spelling, every spelling one text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace lectern;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  if (base64_decode(base64_encode(input)) != input) std::abort();
  if (base64url_decode(base64url_encode(input)) != input) std::abort();
  const auto standard = base64_decode(input);
  if (standard && base64_encode(*standard) != input) std::abort();
  const auto url_safe = base64url_decode(input);
  if (url_safe && base64url_encode(*url_safe) != input) std::abort();
  return 0;
}
