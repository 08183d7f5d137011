#include "server/origin.h"

#include <algorithm>

namespace lectern::server {
namespace {

// "https://host:443" is "host", as browsers write it in Host.
std::string_view authority_of(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (origin.starts_with(scheme)) return origin.substr(scheme.size());
  return {};
}

std::string_view without_default_port(std::string_view authority) {
  for (const std::string_view port : {":80", ":443"})
    if (authority.ends_with(port)) return authority.substr(0, authority.size() - port.size());
  return authority;
}

bool same_text(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool OriginRules::any() const {
  return std::find(allowed_.begin(), allowed_.end(), "*") != allowed_.end();
}

bool OriginRules::lists(std::string_view origin) const {
  if (origin.empty() || allowed_.empty()) return false;
  return any() || std::find(allowed_.begin(), allowed_.end(), origin) != allowed_.end();
}

bool OriginRules::accept_websocket(std::string_view origin, std::string_view host) const {
  if (origin.empty() || lists(origin)) return true;
  if (!allowed_.empty()) return false;
  const auto authority = without_default_port(authority_of(origin));
  return !authority.empty() && same_text(authority, without_default_port(host));
}

void OriginRules::add_headers(HttpResponse& response, std::string_view origin) const {
  if (allowed_.empty()) return;
  if (any()) {
    if (!origin.empty()) response.headers.emplace_back("Access-Control-Allow-Origin", "*");
    return;
  }
  // Also where the origin is not listed: a cache must not give this answer to one that is.
  response.headers.emplace_back("Vary", "Origin");
  if (lists(origin)) response.headers.emplace_back("Access-Control-Allow-Origin", origin);
}

HttpResponse OriginRules::preflight(const HttpRequest& request) const {
  HttpResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE"},
                      {"Access-Control-Max-Age", "600"}};
  const auto wanted = request.header("Access-Control-Request-Headers");
  if (!wanted.empty()) response.headers.emplace_back("Access-Control-Allow-Headers", wanted);
  return response;
}

}  // namespace lectern::server
