// What a client makes of a server that does not behave: every answer is literal bytes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/client.h>

#include "websocket/deflate.h"
#include "websocket/encoder.h"

namespace lectern {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using std::chrono::milliseconds;
using websocket::Opcode;

constexpr auto* kOpen = R"(0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000})";

// Takes one connection after the other and gives each request the next answer of the script; after
// the last answer of a connection ("") it closes it.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> script) : script_(std::move(script)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(fd_, 8);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~ScriptedServer() {
    end();
    close(fd_);
  }
  // What came behind the last request of the script; the client must be gone.
  std::string end() {
    shutdown(fd_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    return rest_;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    std::size_t next = 0;
    for (int peer; (peer = accept(fd_, nullptr, nullptr)) >= 0; close(peer)) {
      for (; next < script_.size(); ++next) {
        if (script_[next].empty()) break;
        const std::string request = read_head(peer);
        if (request.empty()) break;
        std::string answer = script_[next];
        const auto key = request.find("Sec-WebSocket-Key: ");
        const auto mark = answer.find("<accept>");
        if (key != std::string::npos && mark != std::string::npos)
          answer.replace(mark, 8, websocket::accept_key(request.substr(key + 19, 24)));
        send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
      }
      char bytes[4096];
      for (ssize_t got = 1; next == script_.size() && got > 0;) {  // until the client leaves
        got = recv(peer, bytes, sizeof bytes, 0);
        if (got > 0) rest_.append(bytes, static_cast<std::size_t>(got));
      }
      if (next < script_.size() && script_[next].empty()) ++next;
    }
  }
  static std::string read_head(int peer) {
    std::string text;
    char byte;
    while (!text.ends_with("\r\n\r\n") && recv(peer, &byte, 1, 0) == 1) text += byte;
    return text.ends_with("\r\n\r\n") ? text : "";
  }

  std::vector<std::string> script_;
  std::string rest_;
  int fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::string switched(std::string_view frames, const std::string& headers = "") {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: <accept>\r\n" +
         headers + "\r\n" + std::string(frames);
}

std::string extensions(const std::string& value) {
  return "Sec-WebSocket-Extensions: " + value + "\r\n";
}

std::string text_frame(std::string_view text) {
  std::string frame;
  websocket::append_frame(frame, Opcode::text, text);
  return frame;
}

// How a client that connects ends: the connect_error, or the reason of the disconnect.
std::string end_of(std::vector<std::string> script, const char* transport,
                   ClientOptions options = {}) {
  ScriptedServer server(std::move(script));
  std::promise<std::string> end;
  bool told = false;
  options.transports = {transport};
  options.reconnection = false;
  Client client(server.url(), options);
  ClientSocket& socket = client.of();
  const auto tell = [&](std::string text) {
    if (!std::exchange(told, true)) end.set_value(std::move(text));
  };
  socket.on_connect_error(
      [&](const ConnectError& error) { tell("connect_error " + error.message); });
  socket.on_disconnect([&](DisconnectReason reason) { tell("disconnect " + std::string(reason)); });
  socket.connect();
  auto future = end.get_future();
  if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) return "nothing";
  return future.get();
}

TEST(ClientWire, PollingRefusesWhatIsNoSession) {
  const std::string redirect =
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
  for (const auto& answer :
       {redirect, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"s,
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n0"s, "SSH-2.0\r\n\r\n"s, ok(""), ok("x")})
    EXPECT_EQ(end_of({answer, ""}, "polling"), "connect_error xhr poll error") << answer;
  for (const auto& answer : {ok("0"), ok("0{}"), ok("40"), ok("2")})
    EXPECT_EQ(end_of({answer}, "polling"), "connect_error parse error") << answer;
}

TEST(ClientWire, AWebSocketWantsItsHandshake) {
  std::string wrong_key = switched("");
  wrong_key.replace(wrong_key.find("<accept>"), 8, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  std::string other = switched("");
  other.replace(other.find("websocket"), 9, "h2c");
  for (const auto& answer : {wrong_key, other, ok("0{}"), "HTTP/1.1 404 \r\n\r\n"s})
    EXPECT_EQ(end_of({answer, ""}, "websocket"), "connect_error websocket error") << answer;
  EXPECT_EQ(end_of({switched(text_frame("0{}"))}, "websocket"), "connect_error parse error");
}

TEST(ClientWire, AConnectionLostBeforeTheAnswerToConnectIsAConnectError) {
  EXPECT_EQ(end_of({switched(text_frame(kOpen)), ""}, "websocket"),
            "connect_error transport close");
  const std::string refused = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(end_of({ok(kOpen), refused, ""}, "polling"), "connect_error transport error");
}

std::string connected_frames() { return text_frame(kOpen) + text_frame("40{\"sid\":\"x\"}"); }

// Behind the open packet and a CONNECT that is answered.
std::string end_after(std::string_view bytes, ClientOptions options = {},
                      const std::string& headers = "") {
  return end_of({switched(connected_frames() + std::string(bytes), headers)}, "websocket", options);
}

TEST(ClientWire, CompressionIsWhatWasOfferedOrNone) {
  EXPECT_EQ(end_after("", {}, extensions("permessage-deflate")), "connect_error websocket error")
      << "not offered";
  ClientOptions options;
  options.compression = true;
  for (const auto* answer : {"permessage-deflate; client_max_window_bits=15", "x-other",
                             "permessage-deflate, permessage-deflate", "permessage-deflate; x",
                             "permessage-deflate; server_max_window_bits=7", ";"})
    EXPECT_EQ(end_after("", options, extensions(answer)), "connect_error websocket error")
        << answer;
  EXPECT_EQ(end_after("", options, extensions("permessage-deflate") + extensions("x-other")),
            "connect_error websocket error");
  const std::string ending = text_frame("41");
  EXPECT_EQ(end_after(ending, options), "disconnect io server disconnect") << "declined";
  for (const auto* answer :
       {"permessage-deflate", "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover; server_max_window_bits=10"})
    EXPECT_EQ(end_after(ending, options, extensions(answer)), "disconnect io server disconnect")
        << answer;
}

TEST(ClientWire, CompressedMessagesAreInflated) {
  ClientOptions options;
  options.compression = true;
  options.receive_limit_bytes = 1000;
  websocket::Deflater deflater;
  const auto compressed = [&](std::string_view text) {
    std::string payload, frame;
    deflater.deflate(text, payload);
    websocket::append_frame(frame, Opcode::text, payload, /*compressed=*/true);
    return frame;
  };
  const auto agreed = extensions("permessage-deflate; server_no_context_takeover");
  EXPECT_EQ(end_after(compressed("41"), options, agreed), "disconnect io server disconnect");
  EXPECT_EQ(end_after(compressed("41"), options, extensions("permessage-deflate")),
            "disconnect io server disconnect");
  EXPECT_EQ(end_after("\xc1\x03\xff\xff\xff"s, options, agreed), "disconnect transport error");
  EXPECT_EQ(end_after(compressed("42[\"x\",\"" + std::string(1000, 'x') + "\"]"), options, agreed),
            "disconnect transport error");
  EXPECT_EQ(end_after(compressed("4\xff"), options, agreed), "disconnect transport error");
}

// What the client sends behind its CONNECT when it emits a long event in both ways.
std::string sent_with(const std::string& headers) {
  ScriptedServer server({switched(connected_frames(), headers)});
  ClientOptions options;
  options.compression = true;
  options.transports = {"websocket"};
  {
    Client client(server.url(), options);
    ClientSocket& socket = client.of();
    std::promise<void> connected;
    socket.on_connect([&] { connected.set_value(); });
    socket.connect();
    connected.get_future().get();
    EmitOptions plain;
    plain.compress = false;
    socket.emit("plain", boost::json::value(std::string(2000, 'x')), plain);
    socket.emit("long", boost::json::value(std::string(2000, 'x')));
    socket.emit("short", 1);
  }
  const std::string rest = server.end();
  return rest.substr(8);  // behind the CONNECT, 40 with a header and a mask
}

TEST(ClientWire, LongEventsAreCompressedUnlessTheyAreNotTo) {
  const auto agreed = sent_with(extensions("permessage-deflate"));
  const std::size_t plain = 8 + 2000 + R"(42["plain",""])"sv.size();
  EXPECT_EQ(agreed.substr(0, 2), "\x81\xfe");
  EXPECT_EQ(agreed.at(plain), '\xc1');
  EXPECT_LT(agreed.size(), plain + 200);
  const auto declined = sent_with("");
  EXPECT_EQ(declined.at(plain), '\x81');
  EXPECT_GT(declined.size(), 2 * plain);
}

TEST(ClientWire, FramesOfNoServerAreATransportError) {
  std::string masked;
  websocket::append_client_frame(masked, Opcode::text, "2", 0x01020304);
  EXPECT_EQ(end_after(masked), "disconnect transport error");
  EXPECT_EQ(end_after("\x91\x00"s), "disconnect transport error") << "RSV1";
  ClientOptions options;
  options.receive_limit_bytes = 100;
  EXPECT_EQ(end_after(text_frame("42[\"x\",\"" + std::string(100, 'x') + "\"]"), options),
            "disconnect transport error");
}

TEST(ClientWire, PacketsOfNoServerAreAParseError) {
  for (const auto* packet : {"9", "0{}", "5", "49", "42", "42{}", "42[\"connect\"]", "43[]", "48",
                             "4599-[\"x\"]", "42[\"\\ud8\"]", "44", "44[]"}) {
    EXPECT_EQ(end_after(text_frame(packet)), "disconnect parse error") << packet;
  }
  EXPECT_EQ(end_after("\x82\x01x"s), "disconnect parse error") << "a binary that none announced";
  EXPECT_EQ(end_after(text_frame("451-[\"x\"]") + text_frame("42[\"x\"]")),
            "disconnect parse error");
  EXPECT_EQ(end_after(text_frame(R"(451-["x",{"_placeholder":true,"num":7}])") + "\x82\x01x"),
            "disconnect parse error");
}

TEST(ClientWire, ClosesHaveTheirReasons) {
  EXPECT_EQ(end_after("\x88\x02\x03\xe8"s), "disconnect transport close");
  EXPECT_EQ(end_after(text_frame("1")), "disconnect transport close");
  EXPECT_EQ(end_after(text_frame("41")), "disconnect io server disconnect");
}

}  // namespace
}  // namespace lectern
