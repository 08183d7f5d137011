#include "load/report.h"

#include <cstdio>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace lectern::load {
namespace {

namespace json = boost::json;

constexpr std::size_t kKinds = 30;
constexpr std::size_t kKindBytes = 160;

json::object object_of(const Latencies& latencies) {
  return {{"count", latencies.count()},       {"p50Ms", latencies.value(0.5)},
          {"p90Ms", latencies.value(0.9)},    {"p99Ms", latencies.value(0.99)},
          {"p999Ms", latencies.value(0.999)}, {"maxMs", latencies.value(1)}};
}

std::string line_of(const char* name, const Latencies& latencies) {
  char line[200];
  std::snprintf(line, sizeof line,
                "%-16s p50 %.3f  p90 %.3f  p99 %.3f  p99.9 %.3f  max %.3f ms (%llu)\n", name,
                latencies.value(0.5), latencies.value(0.9), latencies.value(0.99),
                latencies.value(0.999), latencies.value(1),
                static_cast<unsigned long long>(latencies.count()));
  return latencies.count() == 0 ? "" : line;
}

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

}  // namespace

void Report::note_error(std::string kind) {
  if (kind.size() > kKindBytes) kind.resize(kKindBytes);
  if (errors.size() >= kKinds && !errors.contains(kind)) kind = "others";
  ++errors[kind];
}

std::uint64_t Report::failures() const {
  return dropped + refused + unanswered + held_back + missing + repeated + disordered;
}

std::vector<std::string> missed(const Report& report, const Thresholds& thresholds) {
  std::vector<std::string> lines;
  const auto check = [&](const char* what, const Latencies& latencies) {
    const auto p99 = latencies.value(0.99);
    if (thresholds.p99_ms && p99 > *thresholds.p99_ms)
      lines.push_back(std::string("the p99 of ") + what + " is " + number(p99) + " ms, more than " +
                      number(*thresholds.p99_ms));
  };
  check("acknowledgements", report.acknowledgement);
  check("deliveries", report.delivery);
  if (thresholds.errors && report.failures() > *thresholds.errors)
    lines.push_back(std::to_string(report.failures()) + " errors, more than " +
                    std::to_string(*thresholds.errors));
  return lines;
}

std::string to_text(const Report& report, const std::vector<std::string>& missed) {
  const auto text = [](std::uint64_t value) { return std::to_string(value); };
  std::string out =
      report.scenario + " at " + report.server + ", " + number(report.seconds) + " s of load\n";
  out += "connections      " + text(report.wanted) + " wanted, " + text(report.entered) +
         " let in, " + text(report.dropped) + " failed\n";
  out += "requests         " + text(report.sent) + " sent, " + text(report.acknowledged) +
         " acknowledged, " + text(report.refused) + " refused, " + text(report.unanswered) +
         " unanswered, " + text(report.held_back) + " held back\n";
  out += "deliveries       " + text(report.delivered) + " heard, " + text(report.missing) +
         " missing, " + text(report.repeated) + " repeated, " + text(report.disordered) +
         " out of order\n";
  out += line_of("connecting", report.connecting);
  out += line_of("acknowledgement", report.acknowledgement);
  out += line_of("delivery", report.delivery);
  for (const auto& [kind, count] : report.errors)
    out += "error            " + text(count) + " x " + kind + '\n';
  for (const auto& line : missed) out += "threshold missed " + line + '\n';
  return out;
}

std::string to_json(const Report& report, const std::vector<std::string>& missed) {
  json::object errors;
  for (const auto& [kind, count] : report.errors) errors[kind] = count;
  const json::object out{
      {"scenario", report.scenario},
      {"server", report.server},
      {"durationMs", static_cast<std::int64_t>(report.seconds * 1000)},
      {"connections",
       {{"wanted", report.wanted}, {"entered", report.entered}, {"failed", report.dropped}}},
      {"requests",
       {{"sent", report.sent},
        {"acknowledged", report.acknowledged},
        {"refused", report.refused},
        {"unanswered", report.unanswered},
        {"heldBack", report.held_back}}},
      {"deliveries",
       {{"heard", report.delivered},
        {"missing", report.missing},
        {"repeated", report.repeated},
        {"disordered", report.disordered}}},
      {"connecting", object_of(report.connecting)},
      {"acknowledgement", object_of(report.acknowledgement)},
      {"delivery", object_of(report.delivery)},
      {"failures", report.failures()},
      {"errors", errors},
      {"missed", json::array(missed.begin(), missed.end())},
  };
  return json::serialize(out) + '\n';
}

}  // namespace lectern::load
