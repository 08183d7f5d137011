#include <fcntl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <mutex>

#include <boost/json/object.hpp>

#include <lectern/log_sink.h>
#include <lectern/server.h>

#include "app/cli/commands.h"
#include "app/client_address.h"
#include "app/control.h"

namespace lectern::app {
namespace {

using std::chrono::duration;
using std::chrono::steady_clock;

constexpr rlim_t kFilesBeside = 300;  // descriptors of ours that are no connections
constexpr rlim_t kFewFiles = 256;     // with which nothing much can be served
constexpr int kSyncs = 15;
constexpr std::size_t kSyncBytes = 4096;
constexpr double kSlowSyncMs = 20;
constexpr std::uintmax_t kLittleSpace = std::uintmax_t{1} << 30U;
constexpr std::int64_t kNoEarlierThan = 1'735'689'600;  // 2025-01-01: clocks that were never set
constexpr unsigned kWideBlock = 8;  // bits of the prefix; less trusts a part of the internet

enum class Grade { ok, warn, fail };

// What one check found, and, unless all is well, what to do.
struct Finding {
  Grade grade;
  std::string found;
  std::string advice;
};

// Keeps what a server says about itself.
class Listening final : public LogSink {
 public:
  bool enabled(Level level) const noexcept override { return level >= Level::info; }
  void write(Level, std::string_view line) noexcept override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
  }
  std::string line_about(std::string_view what) {
    const std::lock_guard lock(mutex_);
    const auto found = std::find_if(lines_.begin(), lines_.end(), [what](const auto& line) {
      return line.find(what) != line.npos;
    });
    return found == lines_.end() ? std::string() : *found;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

std::string name_of(const Endpoint& endpoint) {
  const bool six = endpoint.address.find(':') != std::string::npos;
  return (six ? '[' + endpoint.address + ']' : endpoint.address) + ':' +
         std::to_string(endpoint.port);
}

Finding check_files(const Config& config) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const auto wanted = static_cast<rlim_t>(config.engine.max_connections) + kFilesBeside;
  const auto limit = std::to_string(files.rlim_cur);
  if (files.rlim_cur >= wanted) return {Grade::ok, "a process may open " + limit + " files", {}};
  const auto room = files.rlim_cur > kFilesBeside ? files.rlim_cur - kFilesBeside : 0;
  return {files.rlim_cur < kFewFiles ? Grade::fail : Grade::warn,
          "a process may open " + limit + " files, enough for about " + std::to_string(room) +
              " connections and not for engine.max_connections = " +
              std::to_string(config.engine.max_connections),
          "raise the limit (LimitNOFILE=" + std::to_string(wanted) +
              " in the systemd unit, ulimit -n " + std::to_string(wanted) +
              " in a shell) or lower engine.max_connections"};
}

bool server_runs(const Config& config) {
  try {
    return ask_server(config.data, {{"command", "doctor"}}).has_value();
  } catch (const ControlError&) {
    return true;  // it does not answer, but it is there
  }
}

Finding check_port(const Endpoint& endpoint, bool runs) {
  Options options;
  options.listen = {endpoint};
  options.send_path = SendPath::one_by_one;
  try {
    Server server(options);
    server.start();
    return {Grade::ok, name_of(endpoint) + " is free", {}};
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::address_in_use && runs)
      return {
          Grade::ok, name_of(endpoint) + " is in use, as a server runs on this data directory", {}};
    std::string advice = "choose an address of this host for server.listen";
    if (error.code() == std::errc::address_in_use)
      advice = "stop who listens there (ss -ltnp tells) or set server.listen to another port";
    if (error.code() == std::errc::permission_denied)
      advice = "ports below 1024 need CAP_NET_BIND_SERVICE; or listen on a higher port";
    return {Grade::fail, error.what(), advice};
  }
}

Finding check_clock() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  if (std::chrono::duration_cast<std::chrono::seconds>(now).count() < kNoEarlierThan)
    return {Grade::fail, "the clock stands before 2025",
            "set it: tokens would be refused and deadlines be wrong"};
  timex state{};
  const bool known = adjtimex(&state) != -1;
  if (!known || (state.status & STA_UNSYNC) == 0)
    return {Grade::ok, known ? "the clock is synchronised" : "the clock is set", {}};
  return {Grade::warn, "nothing keeps the clock synchronised",
          "run chrony or systemd-timesyncd: tokens of other issuers are judged by this clock, 5 s "
          "off at most"};
}

// The directory, or where it would be made.
std::filesystem::path place_of_data(const Config& config) {
  std::error_code ignored;
  auto place = std::filesystem::absolute(config.data, ignored);
  while (!std::filesystem::exists(place, ignored) && place.has_relative_path())
    place = place.parent_path();
  return place;
}

// The median time in ms of what an acknowledgement waits for; throws std::system_error.
double sync_ms(const std::filesystem::path& place) {
  std::string name = place / "lectern-doctor-XXXXXX";
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), place.string());
  unlink(name.c_str());
  const std::string block(kSyncBytes, 'x');
  std::array<double, kSyncs> times{};
  int error = 0;
  for (double& time : times) {
    const auto began = steady_clock::now();
    if (write(fd, block.data(), block.size()) < 0 || fdatasync(fd) != 0) error = errno;
    time = duration<double, std::milli>(steady_clock::now() - began).count();
  }
  close(fd);
  if (error != 0) throw std::system_error(error, std::generic_category(), place.string());
  std::sort(times.begin(), times.end());
  return times[kSyncs / 2];
}

Finding check_data(const Config& config) {
  if (config.store.engine == Config::StoreEngine::memory)
    return {Grade::warn, "store.engine = memory: everything is lost when the server stops",
            "fine for trying out; else store.engine = sqlite"};
  const auto place = place_of_data(config);
  try {
    const double ms = sync_ms(place);
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", ms);
    const std::string found = place.string() + ": an fsync takes " + text + " ms";
    const auto space = std::filesystem::space(place).available;
    if (space < kLittleSpace)
      return {Grade::warn, found + ", and " + std::to_string(space >> 20U) + " MB are free",
              "make room: a full disk refuses every message"};
    if (ms <= kSlowSyncMs) return {Grade::ok, found, {}};
    return {Grade::warn, found + ", and every acknowledgement waits for one",
            "put --data on a local SSD, or set store.durability = interval:<ms>"};
  } catch (const std::exception& error) {
    return {Grade::fail, "nothing can be written: " + std::string(error.what()),
            "let this user write there, or choose another directory with --data"};
  }
}

Finding check_redis(const Config& config) {
  if (config.redis.url.empty()) return {Grade::ok, "not configured: this node is alone", {}};
  Listening log;
  Options options;
  options.listen = {};
  options.redis.url = config.redis.url;
  options.redis.key = config.redis.adapter_key;
  options.redis.requests_timeout = std::chrono::milliseconds(config.redis.requests_timeout_ms);
  options.send_path = SendPath::one_by_one;
  options.log = &log;
  Server server(options);
  server.start();
  // The URL may hold a password: it is not shown.
  if (server.stats().cluster_available) return {Grade::ok, "answers", {}};
  const auto why = log.line_about("edis");
  return {Grade::fail, "does not answer" + (why.empty() ? "" : ": " + why),
          "look at redis.url, at the password in it, and whether redis-cli reaches it from here"};
}

unsigned prefix_of(const std::string& block) {
  const auto slash = block.find('/');
  return slash == block.npos ? 32 : static_cast<unsigned>(std::stoul(block.substr(slash + 1)));
}

Finding check_proxies(const Config& config) {
  const auto& trusted = config.server.trusted_proxies;
  const auto wide = std::find_if(trusted.begin(), trusted.end(), [](const std::string& block) {
    return prefix_of(block) < kWideBlock;
  });
  if (wide != trusted.end())
    return {Grade::warn, "server.trusted_proxies has " + *wide + ": anybody may claim any address",
            "name the proxies alone"};
  if (!trusted.empty())
    return {Grade::ok,
            "X-Forwarded-For counts when it comes from " + std::to_string(trusted.size()) +
                " trusted addresses or blocks",
            {}};
  const auto& listen = config.server.listen;
  const bool local = std::all_of(listen.begin(), listen.end(), [](const Endpoint& endpoint) {
    return endpoint.address.starts_with("127.") || endpoint.address == "::1";
  });
  if (local)
    return {Grade::warn, "only this host reaches the server, and no proxy is trusted",
            "set server.trusted_proxies = [\"127.0.0.1\"] when a proxy stands in front: without it "
            "all of its clients share the limits of one address"};
  return {Grade::ok,
          "no proxy is trusted, so X-Forwarded-For is ignored; set server.trusted_proxies "
          "when one stands in front",
          {}};
}

Finding check_sends(const Config& config) {
  Listening log;
  Options options;
  options.listen = {{"127.0.0.1", 0, false}};
  options.send_path = config.engine.send_path;
  options.log = &log;
  try {
    Server server(options);
    server.start();
  } catch (const std::exception& error) {
    return {Grade::fail, error.what(), "engine.send_path = automatic goes on without it"};
  }
  const auto line = log.line_about("sends go");
  if (line.find("without io_uring") == line.npos) return {Grade::ok, line, {}};
  return {Grade::warn, line,
          "everything works, and large rooms cost more; a kernel from 6.0 on and a container whose "
          "seccomp profile permits io_uring would change it"};
}

// Prints one line for each finding.
class Report {
 public:
  void check(const std::string& name, const std::function<Finding()>& look) {
    Finding finding{Grade::fail, {}, "this is a mistake of lectern's: please report it"};
    try {
      finding = look();
    } catch (const std::exception& error) {
      finding.found = error.what();
    }
    add(name, finding);
  }
  void add(const std::string& name, const Finding& finding) {
    static constexpr std::array<const char*, 3> kWords{"ok  ", "warn", "fail"};
    std::cout << kWords[static_cast<std::size_t>(finding.grade)] << "  " << name << ": "
              << finding.found;
    if (!finding.advice.empty()) std::cout << "; " << finding.advice;
    std::cout << std::endl;
    failed_ = failed_ || finding.grade == Grade::fail;
  }
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

}  // namespace

bool run_doctor(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  Report report;
  for (const auto& mistake : loaded.mistakes)
    report.add("config",
               {Grade::fail, mistake.line(), "correct it (lectern print-config shows every key)"});
  if (loaded.mistakes.empty()) report.add("config", {Grade::ok, "no mistakes", {}});
  report.check("files", [&] { return check_files(config); });
  const bool runs = server_runs(config);
  for (const auto* endpoints : {&config.server.listen, &config.server.internal_listen})
    for (const Endpoint& endpoint : *endpoints)
      report.check("port", [&] { return check_port(endpoint, runs); });
  report.check("clock", check_clock);
  report.check("data", [&] { return check_data(config); });
  report.check("redis", [&] { return check_redis(config); });
  report.check("proxy", [&] { return check_proxies(config); });
  report.check("sends", [&] { return check_sends(config); });
  return !report.failed();
}

}  // namespace lectern::app
