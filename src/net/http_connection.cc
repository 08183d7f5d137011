#include "net/http_connection.h"

#include <algorithm>
#include <cassert>
#include <cctype>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/loop.h"

namespace lectern::net {

namespace http = boost::beast::http;

struct HttpConnection::Parser {
  http::request_parser<http::string_body> request;

  // Whether a header line goes on in the next one (obs-fold). Proxies read such lines in more than
  // one way, and RFC 9112 section 5.2 lets a server refuse them; Beast joins them.
  bool folds(std::string_view consumed) {
    for (const char c : consumed) {
      if (in_body_) return false;
      if (line_starts_ && (c == ' ' || c == '\t')) return true;
      if (c == '\n') {
        in_body_ = line_starts_ && !first_line_;
        line_starts_ = true;
      } else if (c != '\r') {
        line_starts_ = first_line_ = false;
      }
    }
    return false;
  }

 private:
  bool line_starts_ = false;
  bool first_line_ = true;  // empty lines before the request do not count (section 2.2)
  bool in_body_ = false;
};

HttpConnection::HttpConnection(Loop& loop, int fd, std::string address, std::uint64_t serial,
                               bool internal, Limits limits, DeadlineList& deadlines,
                               HttpListener& listener)
    : Connection(loop, fd),
      address_(std::move(address)),
      serial_(serial),
      limits_(limits),
      deadlines_(deadlines),
      listener_(listener),
      deadline_(this,
                [](void* self) {
                  auto& connection = *static_cast<HttpConnection*>(self);
                  // Nothing of a request is there: the connection was idle.
                  if (!connection.parser_ && connection.unread_.empty()) return connection.end();
                  connection.refuse(408, "Request Timeout");
                }),
      internal_(internal) {
  deadlines_.arm(deadline_, loop.now());
}

HttpConnection::~HttpConnection() = default;

void HttpConnection::on_bytes(std::span<char> bytes) {
  // One answer is owed; a peer that sends on without end is cut off.
  if (owes_answer_ && unread_.size() + bytes.size() > limits_.header_bytes + limits_.body_bytes)
    return end();
  unread_.append(bytes.data(), bytes.size());
  parse_all();
}

// Requests that were sent ahead are answered in a loop: an answer that comes at once must not read
// the next request from within, or the peer would choose how deep the stack grows.
void HttpConnection::parse_all() {
  if (parsing_) return;
  parsing_ = true;
  std::size_t used = 0;
  while (!owes_answer_ && !ending() && used < unread_.size()) {
    const std::size_t part = parse(std::string_view(unread_).substr(used));
    if (part == 0) break;
    used += part;
  }
  parsing_ = false;
  unread_.erase(0, used);
}

// Reads on in the present request. How many bytes were of use.
std::size_t HttpConnection::parse(std::string_view bytes) {
  boost::beast::error_code error;
  if (!parser_) {
    parser_ = std::make_unique<Parser>();
    parser_->request.eager(true);
    parser_->request.header_limit(limits_.header_bytes);
    parser_->request.body_limit(limits_.body_bytes);
  }
  auto& request = parser_->request;
  std::size_t used = 0;
  while (!request.is_done() && used < bytes.size()) {
    const std::size_t part =
        request.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    if (parser_->folds(bytes.substr(used, part))) return refuse(400, "Bad Request"), used + part;
    used += part;
    if (error || part == 0) break;
  }
  if (error == http::error::need_more) error = {};
  if (error == http::error::body_limit) return refuse(413, "Payload Too Large"), used;
  if (error == http::error::header_limit)
    return refuse(431, "Request Header Fields Too Large"), used;
  if (error) return refuse(400, "Bad Request"), used;
  if (!request.is_done()) return used;

  auto message = request.release();
  parser_.reset();
  deadline_.disarm();
  HttpRequest out;
  out.method = std::string(message.method_string());
  const std::string_view target = message.target();
  const std::size_t question = std::min(target.find('?'), target.size());
  out.path = target.substr(0, question);
  out.query = target.substr(std::min(question + 1, target.size()));
  // HTTP/1.0 knows no Upgrade (RFC 9110 section 7.8).
  if (message.version() < 11) message.erase(http::field::upgrade);
  for (const auto& field : message)
    out.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  out.body = std::move(message.body());
  out.address = address_;
  out.internal = internal_;
  owes_answer_ = true;
  ++requests_;
  keep_alive_ = message.keep_alive();
  head_ = message.method() == http::verb::head;
  ahead_ = bytes.size() - used;
  listener_.on_request(*this, std::move(out));
  return used;
}

void HttpConnection::respond(HttpResponse response) {
  if (!owes_answer_ || ending()) return;
  owes_answer_ = false;
  abort_ = nullptr;
  const std::size_t size =
      response.shared_body ? response.shared_body->size() : response.body.size();
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  head += http::obsolete_reason(static_cast<http::status>(response.status));
  head += "\r\n";
  for (const auto& [name, value] : response.headers)
    head.append(name).append(": ").append(value).append("\r\n");
  if (response.status != 204 && response.status != 304)
    head += "Content-Length: " + std::to_string(size) + "\r\n";
  head += keep_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  const bool body = !head_ && response.status != 204 && response.status != 304;
  if (body && !response.shared_body) head += response.body;
  send(std::move(head));
  if (body && response.shared_body) send(std::move(response.shared_body));
  if (!keep_alive_) return finish();
  deadlines_.arm(deadline_, loop_.now());
  if (!unread_.empty()) parse_all();
}

void HttpConnection::refuse(int status, std::string_view reason) {
  deadline_.disarm();
  std::string text = "HTTP/1.1 " + std::to_string(status) + ' ';
  text += reason;
  text += "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  send(std::move(text));
  finish();
}

HttpConnection::Released HttpConnection::release_for_upgrade() {
  assert(owes_answer_);
  abort_ = nullptr;
  // During on_request() the request itself still stands in front.
  std::string behind = unread_.substr(unread_.size() - ahead_);
  auto released = release();
  released.unread.insert(0, behind);
  return released;
}

void HttpConnection::on_end() {
  deadline_.disarm();
  Task abort = std::move(abort_);
  if (abort) abort();
  listener_.on_http_end(*this);
}

}  // namespace lectern::net

namespace lectern {

std::string_view HttpRequest::header(std::string_view name) const {
  const auto same = [name](const auto& field) {
    return std::equal(name.begin(), name.end(), field.first.begin(), field.first.end(),
                      [](char a, char b) {
                        return std::tolower(static_cast<unsigned char>(a)) ==
                               std::tolower(static_cast<unsigned char>(b));
                      });
  };
  const auto found = std::find_if(headers.begin(), headers.end(), same);
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

}  // namespace lectern
