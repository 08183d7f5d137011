#pragma once

namespace lectern::app {

// The program `lectern`: runs one subcommand and returns the exit code. 0 success; 2 refused or
// cannot start, with one line on stderr. Source: docs/commands.md.
int run_command_line(int argc, const char* const* argv);

}  // namespace lectern::app
