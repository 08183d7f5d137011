#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/log.h"
#include "app/serve.h"

namespace lectern::app {

class Application;

// What is set otherwise in `to` than in `from`, in the order of the configuration: "server.listen",
// "limits.<rule>", "roles.<name>", "JWT_ACCESS_SECRET".
std::vector<std::string> differences(const Config& from, const Config& to);

// Takes over what changed in the configuration while the server runs: the certificate and its key,
// the keys and secrets of tokens, the limits, the own events, the log's level. Everything else says
// that it needs a restart. Live connections stay. One thread.
class Reloader {
 public:
  // All of them outlive it.
  Reloader(const Config& running, const Reread& reread, Application& application, StderrLog& log)
      : running_(running), reread_(reread), application_(application), log_(log) {}

  // A configuration with a mistake changes nothing. Writes a line that says why, or what changed.
  void reload();

 private:
  void report(const std::vector<std::string>& taken, const std::vector<std::string>& left) const;

  Config running_;
  const Reread& reread_;
  Application& application_;
  StderrLog& log_;
};

}  // namespace lectern::app
