#include "dial/destination.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace lectern::dial {

bool read_host_and_port(std::string_view text, Destination& destination) {
  std::size_t end = std::min(text.find(':'), text.size());
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return false;
    destination.host = text.substr(1, bracket - 1);
    end = bracket + 1;
  } else {
    destination.host = text.substr(0, end);
  }
  if (destination.host.empty()) return false;
  text.remove_prefix(end);
  if (text.empty()) return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), destination.port);
  return error == std::errc() && stop == text.data() + text.size() && destination.port != 0;
}

}  // namespace lectern::dial
