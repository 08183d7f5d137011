#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <lectern/http.h>
#include <lectern/unique_function.h>

#include "net/connection.h"

namespace lectern::net {

class HttpConnection;

// Who answers the requests of one shard.
class HttpListener {
 public:
  virtual ~HttpListener() = default;
  // A complete request. Answer it with respond(), now or later, or take the socket over with
  // release_for_upgrade().
  virtual void on_request(HttpConnection& connection, HttpRequest request) = 0;
  // The connection is over; an answer that is still owed goes nowhere.
  virtual void on_http_end(HttpConnection& connection) = 0;
};

// A connection that speaks HTTP/1.1 (RFC 9112): one request at a time, the next one after the
// answer. Bytes are parsed by Beast. What is malformed or too large is answered and closed
// (400, 413, 431), a request that is not complete after 30 s with 408.
class HttpConnection : public Connection {
 public:
  struct Limits {
    std::uint32_t header_bytes = 16 * 1024;
    std::uint64_t body_bytes = 1'000'000;
  };

  // `serial` names the connection to those who answer from elsewhere. `deadlines` and `listener`
  // outlive it.
  HttpConnection(Loop& loop, int fd, std::string address, std::uint64_t serial, bool internal,
                 Limits limits, DeadlineList& deadlines, HttpListener& listener);
  ~HttpConnection() override;

  std::uint64_t serial() const { return serial_; }
  const std::string& address() const { return address_; }
  bool internal() const { return internal_; }
  bool owes_answer() const { return owes_answer_; }
  // Complete ones, the present one included.
  std::uint64_t requests() const { return requests_; }

  void respond(HttpResponse response);

  // Runs when the peer leaves while its answer is owed.
  void on_abort(Task task) { abort_ = std::move(task); }

  // Inside on_request() only, and only when queued() is 0. `unread` is what arrived behind the
  // request.
  Released release_for_upgrade();

 private:
  struct Parser;

  void on_bytes(std::span<char> bytes) override;
  void on_end() override;
  void parse_all();
  std::size_t parse(std::string_view bytes);
  void refuse(int status, std::string_view reason);

  std::string address_;
  std::uint64_t serial_;
  Limits limits_;
  DeadlineList& deadlines_;
  HttpListener& listener_;
  Deadline deadline_;
  std::unique_ptr<Parser> parser_;
  std::string unread_;
  std::uint64_t requests_ = 0;
  std::size_t ahead_ = 0;  // bytes of `unread_` behind the present request
  Task abort_;
  bool parsing_ = false;
  bool internal_;
  bool owes_answer_ = false;
  bool keep_alive_ = false;
  bool head_ = false;
};

}  // namespace lectern::net
