#pragma once

#include <functional>
#include <stdexcept>

#include "app/config.h"
#include "app/config_load.h"

namespace lectern::app {

// Why the server cannot start; `what()` is one line for the operator.
class StartError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads the configuration again, from where it came.
using Reread = std::function<LoadedConfig()>;

// Runs the server until SIGTERM or SIGINT, reloading at each SIGHUP (reload.h), and returns the
// exit code. Throws when it cannot start: StartError, store::DirectoryError, store::DatabaseError,
// ControlError, SecretError or std::system_error; the caller prints `what()` as one line and exits
// with 2. `config` is valid and asks for nothing that this version does not have.
int serve(const Config& config, const Reread& reread);

}  // namespace lectern::app
