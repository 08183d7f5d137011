#pragma once

#include "app/serve.h"

namespace lectern::app {

// What `lectern serve` runs: serve() of serve.h.
using Serve = int (*)(const Config& config, const Reread& reread);

// The program `lectern`: runs one subcommand and returns the exit code. 0 success; 1 a check
// failed; 2 refused or cannot start, with one line on stderr.
int run_command_line(int argc, const char* const* argv, Serve serve);

}  // namespace lectern::app
