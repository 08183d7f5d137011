#include <string>

#include <lectern/error.h>

namespace lectern {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "lectern"; }
  std::string message(int value) const override { return name_of(static_cast<Errc>(value)); }
};

}  // namespace

const char* name_of(Errc e) noexcept {
  switch (e) {  // no default: -Wswitch reports a forgotten enumerator
    case Errc::malformed_frame: return "malformed_frame";
    case Errc::malformed_packet: return "malformed_packet";
    case Errc::payload_too_large: return "payload_too_large";
    case Errc::invalid_utf8: return "invalid_utf8";
    case Errc::ping_timeout: return "ping_timeout";
    case Errc::unsupported: return "unsupported";
    case Errc::slow_reader: return "slow_reader";
    case Errc::timed_out: return "timed_out";
    case Errc::disconnected: return "disconnected";
    case Errc::busy: return "busy";
    case Errc::unavailable: return "unavailable";
  }
  return "unknown";
}

boost::system::error_code make_error_code(Errc e) noexcept {
  static const Category category;
  return {static_cast<int>(e), category};
}

}  // namespace lectern
