#include "bench/load/process.h"

#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace lectern::load {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

double scheduled_us(const std::filesystem::path& process) {
  double ns = 0;
  for (const auto& task : std::filesystem::directory_iterator(process / "task")) {
    // A thread may end while the folder is read; it then has no text, and counts for nothing.
    double of_task = 0;
    if (std::istringstream(content_of(task.path() / "schedstat")) >> of_task) ns += of_task;
  }
  return ns / 1000;
}

// Fields 14 and 15 of proc(5)'s stat; the second one is in parentheses and may contain spaces.
void read_shares(const std::filesystem::path& process, Usage& usage) {
  const auto text = content_of(process / "stat");
  const auto name_end = text.rfind(')');
  if (name_end == text.npos) throw std::runtime_error("there is no process " + process.string());
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  const double us_per_tick = 1e6 / static_cast<double>(sysconf(_SC_CLK_TCK));
  usage.user_us = user * us_per_tick;
  usage.system_us = system * us_per_tick;
}

// smaps_rollup is exact where status is only near: the kernel keeps that count per core.
std::uint64_t resident_bytes(const std::filesystem::path& process) {
  std::istringstream lines(content_of(process / "smaps_rollup"));
  for (std::string word; lines >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == "Rss:" && lines >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("cannot read the memory of " + process.string());
}

}  // namespace

Usage usage_of(pid_t pid) {
  const auto process = std::filesystem::path("/proc") / std::to_string(pid);
  Usage usage;
  read_shares(process, usage);
  usage.cpu_us = scheduled_us(process);
  usage.bytes = resident_bytes(process);
  return usage;
}

double own_cpu_us() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

}  // namespace lectern::load
