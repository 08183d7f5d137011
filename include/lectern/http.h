#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lectern/unique_function.h>

namespace lectern {

/// A complete HTTP/1.1 request outside the Socket.IO path.
struct HttpRequest {
  std::string method;  ///< as sent: "GET"
  std::string path;    ///< still percent-encoded, without the query: "/api/rooms"
  std::string query;   ///< after the '?', still percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;  ///< names as sent
  std::string body;       ///< complete, `Options::max_payload` bytes at most
  std::string address;    ///< of the peer, in text form
  bool internal = false;  ///< arrived on an internal endpoint

  /// The first header of that name (case-insensitive), or an empty view.
  std::string_view header(std::string_view name) const;
};

/// What is answered to an HttpRequest.
struct HttpResponse {
  int status = 200;                                          ///< of HTTP
  std::vector<std::pair<std::string, std::string>> headers;  ///< Content-Length is added
  std::string body;                                          ///< any bytes
  /// Sent instead of `body` when set; for content that many responses share.
  std::shared_ptr<const std::string> shared_body;
};

/// Answers one request. Call it once, from any thread; destroyed uncalled it answers 500.
using HttpReply = UniqueFunction<void(HttpResponse)>;

/// Runs on the shard that accepted the connection and must not block it.
using HttpHandler = UniqueFunction<void(HttpRequest, HttpReply)>;

}  // namespace lectern
