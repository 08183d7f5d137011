#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "bench/load/process.h"
#include "bench/load/workload.h"
#include "load/swarm.h"

namespace lectern::load {

// The measured time: begins when it is made and ends with end(). At both moments the server must
// have nothing to do, so that what it used is known exactly.
class Measuring {
 public:
  explicit Measuring(pid_t server);

  // What was used for each of `units`.
  Measurement end(double units) const;

 private:
  pid_t server_;
  Usage usage_;
  double own_us_;
  Clock::time_point began_;
};

// What the n-th connection says at first: it is a user of its own, with a token when the target has
// a secret.
std::function<std::vector<Step>(std::size_t n)> entries(const Target& target, bool join);

}  // namespace lectern::load
