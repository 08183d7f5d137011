#include <lectern/options.h>

#include <future>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;

class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() { options_.listen = {{"127.0.0.1", 0, false}}; }
  ~OptionsTest() override {
    if (server_) server_->stop(milliseconds(0));
  }
  void start() {
    server_ = std::make_unique<Server>(options_);
    server_->of("/").on_event = [](Socket&, Event& event) { event.ack.reply({event.args, {}}); };
    port_ = server_->start().front().port;
  }
  // The head of the answer to a handshake with these further header lines.
  std::string handshake(const std::string& headers, const std::string& transport = "polling") {
    TestClient client(port_);
    client.send("GET /socket.io/?EIO=4&transport=" + transport + " HTTP/1.1\r\nHost: x\r\n" +
                headers + "\r\n");
    return client.read_to("\r\n\r\n");
  }

  Options options_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

constexpr auto kUpgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

TEST_F(OptionsTest, AllowRequestDecidesWhoOpensASession) {
  options_.allow_request = [](const HttpRequest& request) {
    return request.header("X-Badge") == "gold";
  };
  start();
  EXPECT_TRUE(handshake("").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(handshake(kUpgrade, "websocket").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(handshake("X-Badge: gold\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(OptionsTest, TheCookieCarriesTheSessionsId) {
  options_.cookie = "io";
  start();
  TestClient client(port_);
  client.send("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = client.read_to("}");
  const auto sid = answer.substr(answer.find("\"sid\":\"") + 7, 20);
  EXPECT_NE(answer.find("Set-Cookie: io=" + sid + "; Path=/; HttpOnly; SameSite=Lax\r\n"),
            std::string::npos)
      << answer;
  EXPECT_NE(handshake(kUpgrade, "websocket").find("Set-Cookie: io="), std::string::npos);
  EXPECT_TRUE(client.request("POST", "transport=polling&sid=" + sid, "40") == "ok");
  client.send("GET /socket.io/?EIO=4&transport=polling&sid=" + sid +
              " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n").find("Set-Cookie"), std::string::npos) << "once";
}

TEST_F(OptionsTest, LongAnswersToPollsAreCompressedForWhoTakesThem) {
  start();
  TestClient client(port_);
  const std::string body = client.get("transport=polling");
  const auto sid = body.substr(body.find("\"sid\":\"") + 7, 20);
  client.request("POST", "transport=polling&sid=" + sid, "40");
  client.get("transport=polling&sid=" + sid);
  const auto ask_for = [&](std::size_t size, const std::string& headers) {
    client.request("POST", "transport=polling&sid=" + sid,
                   "421[\"echo\",\"" + std::string(size, 'x') + "\"]");
    client.send("GET /socket.io/?EIO=4&transport=polling&sid=" + sid + " HTTP/1.1\r\nHost: x\r\n" +
                headers + "\r\n");
    const std::string head = client.read_to("\r\n\r\n");
    client.read_body(head);
    return head;
  };
  EXPECT_NE(ask_for(2000, "Accept-Encoding: gzip\r\n").find("Content-Encoding: gzip\r\n"),
            std::string::npos);
  EXPECT_EQ(ask_for(2000, "").find("Content-Encoding"), std::string::npos);
  EXPECT_EQ(ask_for(20, "Accept-Encoding: gzip\r\n").find("Content-Encoding"), std::string::npos);
}

TEST_F(OptionsTest, CompressionIsAgreedOnWithWhoOffersIt) {
  options_.compression = true;
  start();
  const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  EXPECT_NE(handshake(kUpgrade + offer, "websocket").find("permessage-deflate"), std::string::npos);
  EXPECT_EQ(handshake(kUpgrade, "websocket").find("permessage-deflate"), std::string::npos);
}

// A server that emits a long event for each of the client's: "plain" as it is, others as ever.
class CompressTest : public OptionsTest {
 protected:
  CompressTest() {
    options_.compression = true;
    server_ = std::make_unique<Server>(options_);
    server_->of("/").on_event = [this](Socket& socket, Event& event) {
      EmitOptions options;
      options.compress = event.args.at(0).as_string() != "plain";
      const boost::json::value payload(std::string(2000, 'x'));
      const Arguments arguments{{payload}, {}};
      auto all = server_->broadcast();
      all.compress(options.compress);
      if (event.name == "socket") socket.emit("e", payload, options);
      if (event.name == "broadcast") all.emit("e", payload);
      if (event.name == "asking") all.emit_with_ack("e", arguments, milliseconds(1), [](auto) {});
      if (event.name == "room") server_->emit_to_room("/", socket.id(), "e", payload, options);
      if (event.name == "one") server_->emit_to_socket(socket.ref(), "e", payload, options);
      const SocketRef sockets[] = {socket.ref()};
      if (event.name == "some") server_->emit_to_sockets(sockets, "e", payload, options);
    };
    port_ = server_->start().front().port;
  }
};

TEST_F(CompressTest, AnEventMayLeaveAsItIs) {
  TestClient client(port_);
  client.upgrade("", "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  client.text();
  client.send_text("40");
  client.text();
  for (const std::string way : {"socket", "broadcast", "asking", "room", "one", "some"}) {
    client.send_text("42[\"" + way + "\",\"packed\"]");
    client.text();
    EXPECT_TRUE(client.compressed) << way;
    client.send_text("42[\"" + way + "\",\"plain\"]");
    client.text();
    EXPECT_FALSE(client.compressed) << way;
  }
}

TEST_F(CompressTest, SoMayTheAnswerToAPoll) {
  TestClient client(port_);
  const auto query = "transport=polling&sid=" + client.get("transport=polling").substr(9, 20);
  client.request("POST", query, "40");
  client.get(query);
  const auto head_after = [&](const std::string& packets) {
    client.request("POST", query, packets);
    client.send("GET /socket.io/?EIO=4&" + query +
                " HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
    const std::string head = client.read_to("\r\n\r\n");
    client.read_body(head);
    return head;
  };
  const std::string plain = "42[\"socket\",\"plain\"]";
  const std::string packed = "42[\"socket\",\"packed\"]";
  EXPECT_EQ(head_after(plain).find("Content-Encoding"), std::string::npos);
  EXPECT_NE(head_after(plain + '\x1e' + packed).find("Content-Encoding: gzip"), std::string::npos)
      << "one of them wants it";
}

TEST_F(OptionsTest, DrainIsToldWhenASlowReaderReadOn) {
  options_.send_queue_bytes = 64 * 1024 * 1024;
  server_ = std::make_unique<Server>(options_);
  std::promise<void> drained;
  auto& root = server_->of("/");
  root.on_event = [](Socket& socket, Event&) {
    // More than the kernel takes while the client does not read.
    for (int i = 0; i < 400; ++i) socket.emit("bulk", boost::json::value(std::string(60'000, 'x')));
  };
  root.on_drain = [&](Socket& socket) {
    socket.emit("drained", nullptr);
    drained.set_value();
  };
  port_ = server_->start().front().port;
  TestClient client(port_, /*receive_buffer=*/4096);
  client.upgrade("");
  client.text();
  client.send_text("40");
  client.text();
  client.send_text("42[\"fill\"]");
  EXPECT_TRUE(client.skip_to("42[\"drained\",null]"));
  drained.get_future().get();
}

}  // namespace
}  // namespace lectern
