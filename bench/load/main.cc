// Puts a server that runs already under one kind of load and prints what it cost, as JSON.
//
// usage: bench_load --workload delivery|roundtrip|idle|connect --port N --pid PID
//          [--dialect socket.io|raw] [--secret TEXT] [--connections N] [--stalled N] [--burst N]
//          [--rate N] [--seconds N] [--warm-up N] [--bytes N] [--at-once N]
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "bench/load/workload.h"
#include "examples/flags.h"
#include "load/swarm.h"

namespace {

using lectern::load::Dialect;
using lectern::load::Plan;
using lectern::load::Target;

using Workload = lectern::load::Measurement (*)(const Target&, const Plan&);

const std::map<std::string, Workload> kWorkloads = {
    {"delivery", lectern::load::measure_delivery},
    {"roundtrip", lectern::load::measure_round_trips},
    {"idle", lectern::load::measure_idle},
    {"connect", lectern::load::measure_connects},
};

struct Settings {
  Target target;
  Plan plan;
  Workload workload = nullptr;
};

std::optional<std::string> read_flags(int count, const char* const* words, Settings& settings) {
  auto& target = settings.target;
  auto& plan = settings.plan;
  examples::Flags flags;
  const auto number = [&flags](const std::string& name, auto& read) {
    flags.add(name, [&read](const std::string& text) { return examples::read_number(text, read); });
  };
  flags.add("--workload", [&](const std::string& name) {
    const auto found = kWorkloads.find(name);
    if (found != kWorkloads.end()) settings.workload = found->second;
    return found != kWorkloads.end();
  });
  flags.add("--dialect", [&](const std::string& name) {
    target.dialect = name == "raw" ? Dialect::raw : Dialect::socket_io;
    return name == "raw" || name == "socket.io";
  });
  flags.add("--secret", [&](const std::string& text) {
    target.secret = text;
    return true;
  });
  number("--port", target.port);
  number("--pid", target.pid);
  number("--connections", plan.connections);
  number("--stalled", plan.stalled);
  number("--burst", plan.burst);
  number("--rate", plan.rate);
  number("--seconds", plan.seconds);
  number("--warm-up", plan.warm_up);
  number("--bytes", plan.text_bytes);
  number("--at-once", plan.at_once);
  if (auto mistake = flags.parse(count, words)) return mistake;
  if (settings.workload == nullptr || target.port == 0 || target.pid == 0)
    return "--workload, --port and --pid are needed";
  if (plan.connections == 0 || plan.burst == 0 || plan.at_once == 0)
    return "none is too few: --connections, --burst, --at-once";
  return std::nullopt;
}

}  // namespace

int main(int count, char** words) {
  Settings settings;
  if (const auto mistake = read_flags(count, words, settings)) {
    std::cerr << "bench_load: " << *mistake << std::endl;
    return 2;
  }
  lectern::load::prepare_process();
  try {
    auto measurement = settings.workload(settings.target, settings.plan);
    std::cout << to_json(measurement) << std::endl;
  } catch (const std::exception& error) {
    std::cerr << "bench_load: " << error.what() << std::endl;
    return 1;
  }
  return 0;
}
