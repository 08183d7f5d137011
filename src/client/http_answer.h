#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <lectern/error.h>

namespace lectern::client {

struct HttpAnswer {
  int status = 0;
  std::string body;
  bool keep_alive = false;       // the connection takes another request
  std::string upgrade;           // the Upgrade header, as sent
  std::string websocket_accept;  // Sec-WebSocket-Accept
  std::string extensions;        // Sec-WebSocket-Extensions, several lines with ", " between them
};

// Reads the answer to one HTTP/1.1 request (RFC 9112); Beast parses it. Interim answers (1xx but
// 101) are skipped. A body ends by its length, its chunks or the end of the connection.
class HttpAnswerReader {
 public:
  explicit HttpAnswerReader(std::size_t max_body);
  ~HttpAnswerReader();
  HttpAnswerReader(HttpAnswerReader&&) noexcept;
  HttpAnswerReader& operator=(HttpAnswerReader&&) noexcept;

  // Moves `bytes` past what belongs to the answer. Nothing while the answer is not whole.
  // Errors: malformed_packet, payload_too_large; then the reader must not be used again.
  Result<std::optional<HttpAnswer>> read(std::string_view& bytes);

  // The connection ended: the answer if that was its end.
  Result<HttpAnswer> end();

 private:
  struct Parser;
  Result<std::optional<HttpAnswer>> finished();

  std::size_t max_body_;
  std::unique_ptr<Parser> parser_;
};

// A request with its body, ready to be sent. `target` is "/socket.io/?EIO=4…"; names and values of
// `headers` must hold no line breaks.
std::string http_request(std::string_view method, std::string_view authority,
                         std::string_view target,
                         const std::vector<std::pair<std::string, std::string>>& headers,
                         std::string_view content_type, std::string_view body);

}  // namespace lectern::client
