#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <lectern/client_options.h>
#include <boost/json/array.hpp>

// What the command line says.
struct Emission {
  std::string event;
  boost::json::array args;
};

struct Arguments {
  std::string url;
  std::string nsp = "/";
  lectern::ClientOptions options;
  std::vector<Emission> emissions;
  std::optional<std::chrono::milliseconds> duration;  // nothing: until a signal
};

// Throws std::invalid_argument whose what() says what is wrong.
Arguments read_arguments(const std::vector<std::string>& words);

extern const char* const kUsage;
