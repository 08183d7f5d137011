#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lectern/client_options.h>

#include "client/url.h"

namespace lectern::client {

// Where a client's requests go and what each of them carries.
class Endpoint {
 public:
  // Throws std::invalid_argument for a path, a query or headers that would not be one line of an
  // HTTP request.
  Endpoint(Url url, const ClientOptions& options);

  const Url& url() const { return url_; }

  // "" as `sid` opens a session. Every request has a number of its own (`t`), so that no cache
  // between takes it for another.
  // Source: engine.io-protocol v4, "Transports", query parameters.
  std::string poll(std::string_view sid);
  std::string post(std::string_view sid, std::string_view body);
  std::string websocket(std::string_view sid, std::string_view key);

 private:
  std::string target(std::string_view transport, std::string_view sid);

  Url url_;
  std::string path_;
  std::string query_;  // of the application: "&a=b"
  std::vector<std::pair<std::string, std::string>> headers_;
  bool offers_compression_;
  std::uint64_t requests_ = 0;
};

}  // namespace lectern::client
