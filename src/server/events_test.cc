#include <lectern/events.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;

struct Move {
  std::uint8_t x = 0;
  std::vector<int> points;
};

struct Score {
  int score = 0;
  std::optional<Binary> badge;
};

}  // namespace

template <>
struct Described<Move> {
  static constexpr auto fields =
      std::tuple{field("x", &Move::x), field("points", &Move::points, 16)};
};

template <>
struct Described<Score> {
  static constexpr auto fields =
      std::tuple{field("score", &Score::score), field("badge", &Score::badge)};
};

namespace {

// One client of a server that has these events; start() makes both.
class EventsTest : public ::testing::Test {
 protected:
  void start() {
    Options options;
    options.listen = {{"127.0.0.1", 0, false}};
    server_ = std::make_unique<Server>(options);
    server_->of("/").on_event = std::move(events_);
    client_ = std::make_unique<TestClient>(server_->start().front().port);
    client_->upgrade("");
    client_->text();
    client_->send_text("40");
    client_->text();
  }
  void TearDown() override { server_->stop(milliseconds(0)); }

  // Sends one packet and returns what comes back, or of the next event, which is echoed.
  std::string answer(const std::string& packet) {
    client_->send_text(packet);
    return client_->text();
  }

  Events events_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

void echo(Socket& socket, Event& event) { socket.emit("echo", event.args); }

TEST_F(EventsTest, ARawHandlerGetsTheArgumentsAsTheyCame) {
  events_.on("raw", [](Socket&, Event& event) { event.ack.reply({event.args, {}}); });
  start();
  EXPECT_EQ(answer(R"(420["raw",1,{"a":[]},"x"])"), R"(430[1,{"a":[]},"x"])");
}

TEST_F(EventsTest, ATypedHandlersReturnValueAcknowledges) {
  events_.on<Move>("move", [](Socket&, const Move& move) {
    return Score{move.x + move.points.at(0), std::nullopt};
  });
  start();
  EXPECT_EQ(answer(R"(427["move",{"x":200,"points":[100]},"ignored"])"), R"(437[{"score":300}])");
}

TEST_F(EventsTest, ATypedHandlerMayAcknowledgeLater) {
  events_.on<Move>("move", [](Socket& socket, Move move, Ack ack) {
    socket.emit("seen", move.x);
    ack(move.points.size());
  });
  start();
  EXPECT_EQ(answer(R"(421["move",{"x":1,"points":[]}])"), R"(42["seen",1])");
  EXPECT_EQ(client_->text(), "431[0]");
}

TEST_F(EventsTest, AReturnedBinaryIsAnAttachment) {
  events_.on<int>("badge", [](Socket&, int) { return Score{1, Binary{"png"}}; });
  start();
  EXPECT_EQ(answer(R"(423["badge",5])"),
            R"(461-3[{"score":1,"badge":{"_placeholder":true,"num":0}}])");
  EXPECT_EQ(client_->text(), "png");
}

TEST_F(EventsTest, ABinaryPayloadIsReadFromItsAttachment) {
  events_.on<Binary>("upload", [](Socket&, const Binary& file) { return file.bytes.size(); });
  start();
  client_->send_text(R"(451-4["upload",{"_placeholder":true,"num":0}])");
  client_->send_binary("12345");
  EXPECT_EQ(client_->text(), "434[5]");
}

TEST_F(EventsTest, ReturnsNothingToAClientThatDidNotAsk) {
  events_.on<int>("add", [](Socket&, int n) { return n + 1; }).otherwise(echo);
  start();
  client_->send_text(R"(42["add",1])");
  EXPECT_EQ(answer(R"(42["next"])"), R"(42["echo",[]])");
}

TEST_F(EventsTest, RefusesAPayloadOfAnotherTypeInTheAcknowledgement) {
  events_.on<Move>("move", [](Socket&, const Move&) { ADD_FAILURE() << "the handler ran"; });
  start();
  EXPECT_EQ(
      answer(R"(425["move",{"x":1,"points":[0,1,2,"3"]}])"),
      R"(435[{"ok":false,"error":{"type":"VALIDATION_ERROR","message":"points.3 must be an integer from -2147483648 to 2147483647","field":"points.3"}}])");
  EXPECT_EQ(
      answer(R"(426["move"])"),
      R"(436[{"ok":false,"error":{"type":"VALIDATION_ERROR","message":"the payload is missing"}}])");
}

TEST_F(EventsTest, RefusesAPayloadOfAnotherTypeByAnErrorEvent) {
  events_.on<Move>("move", [](Socket&, const Move&) { ADD_FAILURE() << "the handler ran"; });
  start();
  EXPECT_EQ(
      answer(R"(42["move",{"points":[],"x":1e99}])"),
      R"(42["error",{"type":"VALIDATION_ERROR","message":"x must be an integer from 0 to 255","field":"x"}])");
}

TEST_F(EventsTest, HostilePayloadsCostTheirSenderARefusalOnly) {
  events_.on<Move>("move", [](Socket&, const Move& move) { return move.x; });
  start();
  const std::string deep = std::string(28, '[') + std::string(28, ']');
  for (const std::string& payload :
       {std::string("null"), std::string("[]"), std::string("-0"), std::string(R"({"x":null})"),
        std::string(R"({"x":256,"points":[]})"), std::string(R"({"x":-1,"points":[]})"),
        std::string(R"({"x":1,"points":{"length":1}})"), R"({"x":1,"points":)" + deep + "}",
        std::string(R"({"x":1,"points":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]})"),
        std::string(R"({"x":{"_placeholder":true,"num":0},"points":[]})")})
    EXPECT_TRUE(answer("420[\"move\"," + payload + "]").starts_with(R"(430[{"ok":false)"))
        << payload;
  EXPECT_EQ(answer(R"(420["move",{"x":9,"points":[]}])"), "430[9]");
}

TEST_F(EventsTest, TheAnswerToARefusalCanBeReplaced) {
  events_.on<int>("add", [](Socket&, int n) { return n; })
      .on_refused([](Socket&, Event& event, const EventError& error) {
        event.ack(boost::json::value{event.name, error.type});
      });
  start();
  EXPECT_EQ(answer(R"(421["add","one"])"), R"(431[["add","VALIDATION_ERROR"]])");
}

TEST_F(EventsTest, MiddlewareMayRefuseAndRunsInOrder) {
  events_
      .use([](Socket&, Event& event) -> std::optional<EventError> {
        event.args.push_back("first");
        return std::nullopt;
      })
      .use([](Socket&, Event& event) -> std::optional<EventError> {
        if (event.name == "forbidden") return EventError{"FORBIDDEN", "not you", ""};
        event.args.push_back("second");
        return std::nullopt;
      })
      .on("forbidden", [](Socket&, Event&) { ADD_FAILURE() << "the handler ran"; })
      .on("allowed", echo);
  start();
  EXPECT_EQ(answer(R"(420["forbidden"])"),
            R"(430[{"ok":false,"error":{"type":"FORBIDDEN","message":"not you"}}])");
  EXPECT_EQ(answer(R"(42["allowed"])"), R"(42["echo",["first","second"]])");
}

TEST_F(EventsTest, OnAnySeesWhatMiddlewareRefuses) {
  events_.on_any(
      [](Socket& socket, Event& event) { socket.emit("any", boost::json::string(event.name)); });
  events_.use([](Socket&, Event&) { return std::optional(EventError{"NO", "never", ""}); });
  start();
  EXPECT_EQ(answer(R"(42["x"])"), R"(42["any","x"])");
  EXPECT_EQ(client_->text(), R"(42["error",{"type":"NO","message":"never"}])");
}

TEST_F(EventsTest, OtherwiseGetsTheNamesThatNobodyHandles) {
  events_.on("known", [](Socket& socket, Event&) { socket.emit("known", 1); }).otherwise(echo);
  start();
  EXPECT_EQ(answer(R"(42["known",2])"), R"(42["known",1])");
  EXPECT_EQ(answer(R"(42["Known",2])"), R"(42["echo",[2]])");
}

TEST_F(EventsTest, WithoutOtherwiseUnknownNamesAreIgnored) {
  events_.on("known", echo);
  start();
  client_->send_text(R"(420["unknown",1])");
  EXPECT_EQ(answer(R"(42["known"])"), R"(42["echo",[]])");
}

TEST_F(EventsTest, TheLastHandlerOfANameCounts) {
  events_.on("a", [](Socket&, Event&) { ADD_FAILURE() << "was replaced"; });
  events_.on("a", echo);
  start();
  EXPECT_EQ(answer(R"(42["a",1])"), R"(42["echo",[1]])");
}

}  // namespace
}  // namespace lectern
