#pragma once

#include <sys/types.h>

#include <cstdint>

namespace lectern::load {

// What a process has used so far, as the operating system counts it.
struct Usage {
  double cpu_us = 0;        // of all its living threads, user and system, counted in ns
  double user_us = 0;       // of all threads, in steps of the system's tick; as is
  double system_us = 0;     // this one: they tell the share, not the sum
  std::uint64_t bytes = 0;  // resident, private and shared
};

// Reads /proc/<pid>; throws std::runtime_error when there is no such process. The time of a thread
// that runs at this moment may be one tick old: read when the server has nothing to do.
Usage usage_of(pid_t pid);

// The time that this process used, user and system, in microseconds.
double own_cpu_us();

}  // namespace lectern::load
