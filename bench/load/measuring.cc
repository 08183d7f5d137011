#include "bench/load/measuring.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "identity/token.h"

namespace lectern::load {
namespace {

double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

std::int64_t seconds_of_the_day() {
  using std::chrono::system_clock;
  return std::chrono::duration_cast<std::chrono::seconds>(system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Measuring::Measuring(pid_t server)
    : server_(server), usage_(usage_of(server)), own_us_(own_cpu_us()), began_(Clock::now()) {}

Measurement Measuring::end(double units) const {
  Measurement measurement;
  measurement.wall_s = seconds_since(began_);
  measurement.generator_share = (own_cpu_us() - own_us_) / (measurement.wall_s * 1e6);
  const auto usage = usage_of(server_);
  const double user = usage.user_us - usage_.user_us;
  const double ticks = user + usage.system_us - usage_.system_us;
  measurement.units = units;
  measurement.server_us = (usage.cpu_us - usage_.cpu_us) / units;
  measurement.server_user_us = ticks > 0 ? measurement.server_us * user / ticks : 0;
  measurement.bytes =
      (static_cast<double>(usage.bytes) - static_cast<double>(usage_.bytes)) / units;
  return measurement;
}

std::function<std::vector<Step>(std::size_t)> entries(const Target& target, bool join) {
  if (target.secret.empty())
    return [&target, join](std::size_t) { return entry_script(target.dialect, {"", join}); };
  const auto tokens = std::make_shared<identity::Tokens>(target.secret, target.secret + "-refresh",
                                                         identity::TokenRules{});
  return [&target, tokens, join, now = seconds_of_the_day()](std::size_t n) {
    identity::AccessClaims claims;
    claims.user_id = "user-" + std::to_string(n);
    claims.username = "Student " + std::to_string(n);
    claims.role = "student";
    claims.jti = "token-" + std::to_string(n);
    claims.issued_at = now;
    claims.expires_at = now + 3600;
    return entry_script(target.dialect, {tokens->sign(claims), join});
  };
}

double quantile_us(std::vector<std::uint32_t>& latencies_ns, double share) {
  if (latencies_ns.empty()) return 0;
  std::sort(latencies_ns.begin(), latencies_ns.end());
  const auto last = static_cast<double>(latencies_ns.size() - 1);
  return latencies_ns[static_cast<std::size_t>(share * last)] / 1000.0;
}

std::string to_json(Measurement& measurement) {
  std::string line = "{";
  const auto add = [&line](const char* name, double value) {
    char text[96];
    std::snprintf(text, sizeof text, "%s\"%s\": %.3f", line.size() > 1 ? ", " : "", name, value);
    line += text;
  };
  add("units", measurement.units);
  add("wall_s", measurement.wall_s);
  add("server_us", measurement.server_us);
  add("server_user_us", measurement.server_user_us);
  add("generator_share", measurement.generator_share);
  add("bytes", measurement.bytes);
  if (!measurement.latencies_ns.empty()) {
    add("p50_us", quantile_us(measurement.latencies_ns, 0.5));
    add("p99_us", quantile_us(measurement.latencies_ns, 0.99));
  }
  return line + "}";
}

}  // namespace lectern::load
