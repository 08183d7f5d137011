#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <lectern/http.h>

namespace lectern::server {

// Which web pages may use the server from a browser. Source: RFC 6454, the Fetch standard ("CORS
// protocol"), RFC 6455 section 10.2.
class OriginRules {
 public:
  // Origins such as "https://school.example", or "*" for every one. Empty: the same origin alone.
  explicit OriginRules(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

  // A WebSocket knows no CORS, so the server itself refuses it to pages of other origins.
  // `origin` and `host` are the headers; an empty origin comes from a program, not from a page.
  bool accept_websocket(std::string_view origin, std::string_view host) const;

  // Whether an answer carries CORS headers for that origin.
  bool lists(std::string_view origin) const;
  void add_headers(HttpResponse& response, std::string_view origin) const;
  HttpResponse preflight(const HttpRequest& request) const;

 private:
  bool any() const;
  std::vector<std::string> allowed_;
};

}  // namespace lectern::server
