#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "net/http_connection.h"
#include "net/loop.h"

namespace {

using namespace std::string_literals;
using lectern::HttpRequest;
using lectern::net::HttpConnection;

// No input is as long as a header may be: how much beyond the limit is noticed depends on the cut.
constexpr HttpConnection::Limits kLimits{65536, 300};

// One connection on a loop of its own, with a peer that sends these bytes in pieces and leaves.
class Exchange final : public lectern::net::HttpListener {
 public:
  Exchange(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0) std::abort();
    peer_ = pair[0];
    loop_.watch(deadlines_);
    loop_.add(std::make_unique<HttpConnection>(loop_, pair[1], "127.0.0.1", 1, false, kLimits,
                                               deadlines_, *this));
    send_next();
    loop_.run();
    close(peer_);
  }

  const std::string& requests() const { return requests_; }

 private:
  void on_request(HttpConnection& connection, HttpRequest request) override {
    if (request.body.size() > kLimits.body_bytes) std::abort();
    requests_ += request.method + ' ' + request.path + '?' + request.query + '\n';
    for (const auto& [name, value] : request.headers) {
      // What a proxy in front could read as something else.
      if ((name + value).find_first_of("\r\n\0"s) != std::string::npos) std::abort();
      requests_ += name + ": " + value + '\n';
    }
    requests_ += request.body + "\n\n";
    connection.respond({});
  }
  void on_http_end(HttpConnection&) override { loop_.stop(); }

  // A piece for each turn.
  void send_next() {
    const auto part = bytes_.substr(0, piece_);
    if (part.empty()) {
      shutdown(peer_, SHUT_WR);
      return;
    }
    bytes_.remove_prefix(part.size());
    [[maybe_unused]] const auto sent = send(peer_, part.data(), part.size(), MSG_NOSIGNAL);
    loop_.post([this] { send_next(); });
  }

  std::string_view bytes_;
  std::size_t piece_;
  int peer_ = -1;
  std::string requests_;
  lectern::net::DeadlineList deadlines_{std::chrono::seconds(30)};
  lectern::net::Loop loop_;
};

}  // namespace

// Properties: which requests are read does not depend on how the bytes were cut, no body is larger
// than the limit, and no header holds the end of a line. The first byte chooses the size of the
// pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2 || size > kLimits.header_bytes) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::size_t piece = std::size_t{bytes[0]} % 64 + 1;
  if (Exchange(input, piece).requests() != Exchange(input, size).requests()) std::abort();
  return 0;
}
