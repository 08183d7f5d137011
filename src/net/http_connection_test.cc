#include "net/http_connection.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "net/loop.h"

namespace lectern::net {
namespace {

using namespace std::string_literals;

// A loop with one HTTP connection; answers with what it was asked, except that it lets "/park"
// wait. The peer's end is driven by the test.
class HttpConnectionTest : public ::testing::Test, public HttpListener {
 protected:
  // `limit`: how long a request may take to arrive.
  explicit HttpConnectionTest(std::chrono::milliseconds limit = std::chrono::seconds(30))
      : deadlines_(limit) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) std::abort();
    peer_ = pair[0];
    loop_.watch(deadlines_);
    loop_.add(std::make_unique<HttpConnection>(loop_, pair[1], "127.0.0.1", 1, false,
                                               HttpConnection::Limits{1024, 100}, deadlines_,
                                               *this));
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~HttpConnectionTest() override {
    loop_.post([this] { loop_.stop(); });
    thread_.join();
    close(peer_);
  }

  void on_request(HttpConnection& connection, HttpRequest request) override {
    if (request.path == "/park") return connection.on_abort([this] { aborted_ = true; });
    HttpResponse response;
    response.headers = {{"Content-Type", "text/plain"}};
    response.body = request.method + ' ' + request.path + '?' + request.query + ' ' +
                    std::string(request.header("X-NAME")) + ' ' + request.body;
    connection.respond(std::move(response));
  }
  void on_http_end(HttpConnection&) override { loop_.stop(); }

  void tell(const std::string& bytes) {
    ASSERT_EQ(send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Reads until the text ends with `end`, or to the end of the stream.
  std::string answer(const std::string& end = "") {
    std::string text;
    char byte;
    while (recv(peer_, &byte, 1, 0) == 1) {
      text += byte;
      if (!end.empty() && text.ends_with(end)) break;
    }
    return text;
  }

  DeadlineList deadlines_;
  Loop loop_;
  int peer_;
  bool aborted_ = false;
  std::thread thread_;
};

TEST_F(HttpConnectionTest, AnswersAndStaysOpen) {
  tell("GET /a?b=c HTTP/1.1\r\nHost: x\r\nx-name: me\r\n\r\n");
  EXPECT_EQ(answer("GET /a?b=c me "),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n"
            "Connection: keep-alive\r\n\r\nGET /a?b=c me ");
  tell("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_TRUE(answer("hello").ends_with("POST /b?  hello"));
}

TEST_F(HttpConnectionTest, TakesPipelinedAndChunkedRequests) {
  tell(
      "POST /one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
      "GET /two HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string both = answer("GET /two?  ");
  EXPECT_NE(both.find("POST /one?  abcde"), std::string::npos);
}

TEST_F(HttpConnectionTest, ClosesWhenAskedTo) {
  tell("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n"
            "Connection: close\r\n\r\n")
      << "a HEAD has no body";
}

TEST_F(HttpConnectionTest, RefusesALongBodyBeforeItArrives) {
  tell("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n");
  EXPECT_TRUE(answer().starts_with("HTTP/1.1 413 "));
}

TEST_F(HttpConnectionTest, RefusesALongHeader) {
  tell("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(answer().starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpConnectionTest, RefusesWhatIsNotHttp) {
  tell("\x16\x03\x01 hello\r\n\r\n");
  EXPECT_TRUE(answer().starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpConnectionTest, RefusesAFoldedHeader) {
  tell("GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n");
  EXPECT_TRUE(answer().starts_with("HTTP/1.1 400 "));
}

TEST_F(HttpConnectionTest, TakesLinesThatStartWithASpaceInABody) {
  tell("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\na\r\n b\n");
  EXPECT_TRUE(answer("b\n").ends_with("POST /x?  a\r\n b\n"));
}

TEST_F(HttpConnectionTest, SaysWhenThePeerLeavesBeforeItsAnswer) {
  tell("GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
  shutdown(peer_, SHUT_WR);
  EXPECT_EQ(answer(), "");
  thread_.join();
  EXPECT_TRUE(aborted_);
  thread_ = std::thread([] {});
}

class HastyHttpConnection : public HttpConnectionTest {
 protected:
  HastyHttpConnection() : HttpConnectionTest(std::chrono::milliseconds(20)) {}
};

TEST_F(HastyHttpConnection, DoesNotWaitForEverForAHeader) {
  tell("GET / HTTP/1.1\r\nHost:");
  EXPECT_TRUE(answer().starts_with("HTTP/1.1 408 "));
}

TEST_F(HastyHttpConnection, DoesNotWaitForEverForABody) {
  tell("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf");
  EXPECT_TRUE(answer().starts_with("HTTP/1.1 408 "));
}

TEST_F(HastyHttpConnection, GivesNoMoreTimeForEveryByte) {
  const timeval pace{0, 1000};
  setsockopt(peer_, SOL_SOCKET, SO_RCVTIMEO, &pace, sizeof pace);
  tell("GET /");
  int sent = 0;
  char byte;
  // Until there is an answer, at the latest when the longest header is full.
  while (recv(peer_, &byte, 1, 0) < 0 && sent < 1000)
    sent += send(peer_, "x", 1, MSG_NOSIGNAL) == 1;
  EXPECT_LT(sent, 1000);
}

}  // namespace
}  // namespace lectern::net
