#include "client/endpoint.h"

#include <algorithm>
#include <stdexcept>

#include "client/http_answer.h"
#include "websocket/deflate_negotiation.h"

namespace lectern::client {
namespace {

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// RFC 9110 section 5.5: no control characters but the tab.
bool is_header_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
  });
}

bool is_header_name(std::string_view text) {
  return !text.empty() && is_visible(text) && text.find(':') == std::string_view::npos;
}

}  // namespace

Endpoint::Endpoint(Url url, const ClientOptions& options)
    : url_(std::move(url)),
      path_(options.path),
      headers_(options.extra_headers),
      offers_compression_(options.compression) {
  if (!path_.starts_with('/') || !is_visible(path_) ||
      path_.find_first_of("?#") != std::string::npos)
    throw std::invalid_argument("ClientOptions::path is no path: " + path_);
  for (const auto& [name, value] : headers_) {
    if (!is_header_name(name) || !is_header_value(value))
      throw std::invalid_argument("ClientOptions::extra_headers has no header: " + name);
  }
  if (!url_.query.empty()) query_ += '&' + url_.query;
  for (const auto& [name, value] : options.query) {
    query_ += '&';
    append_encoded(query_, name);
    query_ += '=';
    append_encoded(query_, value);
  }
}

std::string Endpoint::target(std::string_view transport, std::string_view sid) {
  std::string text = path_ + "?EIO=4&transport=";
  text += transport;
  text += "&t=" + std::to_string(requests_++);
  if (!sid.empty()) {
    text += "&sid=";
    text += sid;
  }
  return text + query_;
}

std::string Endpoint::poll(std::string_view sid) {
  return http_request("GET", url_.authority(), target("polling", sid), headers_, {}, {});
}

std::string Endpoint::post(std::string_view sid, std::string_view body) {
  return http_request("POST", url_.authority(), target("polling", sid), headers_,
                      "text/plain;charset=UTF-8", body);
}

std::string Endpoint::websocket(std::string_view sid, std::string_view key) {
  auto headers = headers_;
  headers.emplace_back("Connection", "Upgrade");
  headers.emplace_back("Upgrade", "websocket");
  headers.emplace_back("Sec-WebSocket-Version", "13");
  headers.emplace_back("Sec-WebSocket-Key", key);
  if (offers_compression_)
    headers.emplace_back("Sec-WebSocket-Extensions", lectern::websocket::kDeflateOffer);
  return http_request("GET", url_.authority(), target("websocket", sid), headers, {}, {});
}

}  // namespace lectern::client
