#pragma once

#include <stdexcept>

#include "app/config.h"

namespace lectern::app {

// Why the server cannot start; `what()` is one line for the operator.
class StartError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Runs the server until SIGTERM or SIGINT and returns the exit code. Throws when it cannot start:
// StartError, store::DirectoryError, store::DatabaseError, ControlError, SecretError or
// std::system_error; the caller prints `what()` as one line and exits with 2. `config` is valid and
// asks for nothing that this version does not have.
int serve(const Config& config);

}  // namespace lectern::app
