#include "client/http_answer.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace lectern::client {

namespace http = boost::beast::http;

namespace {

constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;

}  // namespace

struct HttpAnswerReader::Parser {
  std::optional<http::response_parser<http::string_body>> answer;
  std::string unread;  // the beginning of a header that is not whole
};

HttpAnswerReader::HttpAnswerReader(std::size_t max_body)
    : max_body_(max_body), parser_(std::make_unique<Parser>()) {}
HttpAnswerReader::~HttpAnswerReader() = default;
HttpAnswerReader::HttpAnswerReader(HttpAnswerReader&&) noexcept = default;
HttpAnswerReader& HttpAnswerReader::operator=(HttpAnswerReader&&) noexcept = default;

Result<std::optional<HttpAnswer>> HttpAnswerReader::read(std::string_view& bytes) {
  // Beast wants what it did not use again, with what follows it.
  std::string joined = std::move(parser_->unread);
  parser_->unread.clear();
  const std::size_t kept = joined.size();
  if (kept > 0) joined += bytes;
  std::string_view rest = kept > 0 ? std::string_view(joined) : bytes;
  const std::size_t all = rest.size();
  while (!rest.empty()) {
    if (!parser_->answer) {
      parser_->answer.emplace();
      parser_->answer->eager(true);
      parser_->answer->header_limit(kMaxHeaderBytes);
      parser_->answer->body_limit(max_body_);
    }
    boost::beast::error_code error;
    const std::size_t used = parser_->answer->put(boost::asio::buffer(rest), error);
    rest.remove_prefix(used);
    if (error == http::error::need_more) error = {};
    if (error == http::error::body_limit) return Errc::payload_too_large;
    if (error) return Errc::malformed_packet;
    if (parser_->answer->is_done()) {
      auto answer = finished();
      if (answer && !*answer) continue;  // an interim one
      bytes.remove_prefix(all - rest.size() - kept);
      return answer;
    }
    if (used == 0) break;
  }
  parser_->unread = rest;
  bytes = {};
  return std::optional<HttpAnswer>{};
}

Result<std::optional<HttpAnswer>> HttpAnswerReader::finished() {
  auto message = parser_->answer->release();
  parser_->answer.reset();
  const int status = static_cast<int>(message.result_int());
  if (status >= 100 && status < 200 && status != 101) return std::optional<HttpAnswer>{};
  HttpAnswer answer;
  answer.status = status;
  answer.keep_alive = message.keep_alive();
  answer.upgrade = std::string(message[http::field::upgrade]);
  answer.websocket_accept = std::string(message[http::field::sec_websocket_accept]);
  const auto [first, last] = message.equal_range(http::field::sec_websocket_extensions);
  for (auto line = first; line != last; ++line) {
    if (line != first) answer.extensions += ", ";
    answer.extensions += line->value();
  }
  answer.body = std::move(message.body());
  return std::optional<HttpAnswer>(std::move(answer));
}

Result<HttpAnswer> HttpAnswerReader::end() {
  if (!parser_->answer) return Errc::malformed_packet;
  boost::beast::error_code error;
  parser_->answer->put_eof(error);
  if (error || !parser_->answer->is_done()) return Errc::malformed_packet;
  auto answer = finished();
  if (!answer || !*answer) return Errc::malformed_packet;
  return std::move(**answer);
}

std::string http_request(std::string_view method, std::string_view authority,
                         std::string_view target,
                         const std::vector<std::pair<std::string, std::string>>& headers,
                         std::string_view content_type, std::string_view body) {
  std::string text(method);
  text += ' ';
  text += target;
  text += " HTTP/1.1\r\nHost: ";
  text += authority;
  text += "\r\n";
  for (const auto& [name, value] : headers) {
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
  }
  if (!content_type.empty()) {
    text += "Content-Type: ";
    text += content_type;
    text += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  text += "\r\n";
  text += body;
  return text;
}

}  // namespace lectern::client
