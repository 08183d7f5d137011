// A PROXY header is read from its beginning on, and never differently when more of it is there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/proxy_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lectern::net;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = read_proxy_header(bytes);
  const auto* header = std::get_if<ProxyHeader>(&whole);
  if (header && (header->size > size || header->size > kMaxProxyHeader)) std::abort();
  for (std::size_t part = 0; part < size; ++part) {
    const auto early = read_proxy_header(bytes.substr(0, part));
    const auto* state = std::get_if<ProxyHeaderState>(&early);
    if (state && *state == ProxyHeaderState::incomplete) continue;
    if (early.index() != whole.index()) std::abort();
    if (const auto* same = std::get_if<ProxyHeader>(&early)) {
      if (same->size != header->size || same->address != header->address) std::abort();
    }
  }
  return 0;
}
