#include "server/cluster.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <lectern/server.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "redis/test_redis.h"
#include "server/test_client.h"

namespace lectern {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kLimit{20};

// Two nodes with two shards each, and a client on each node, both in the room "red".
class ClusterTest : public ::testing::Test {
 protected:
  struct Node {
    explicit Node(const std::string& url) {
      Options options;
      options.listen = {{"127.0.0.1", 0, false}};
      options.threads = 2;
      options.redis.url = url;
      server = std::make_unique<Server>(options);
      fill(server->of("/"));
      fill(server->of_matching([](std::string_view name, const boost::json::value&) {
        return name.starts_with("/class-");
      }));
      port = server->start().front().port;
    }
    ~Node() { server->stop(milliseconds(0)); }

    static void fill(Namespace& handlers) {
      handlers.on_event = [](Socket& socket, Event& event) {
        if (event.name == "join") socket.join(event.args.at(0).as_string());
        event.ack(boost::json::string(socket.id()));
      };
      handlers.on_server_side_event = [](ServerSideEvent& event) {
        if (event.name == "sum") event.reply(event.args.at(0).as_int64() + 1);
        event.reply("a second answer counts for nothing");
      };
    }

    std::unique_ptr<Server> server;
    std::uint16_t port = 0;
  };

  // Connects, joins a room and returns the socket's id.
  static std::string join(TestClient& client, const std::string& room,
                          const std::string& nsp = "") {
    client.upgrade("");
    client.text();
    client.send_text("40" + nsp);
    EXPECT_TRUE(client.text().starts_with("40" + nsp));
    client.send_text("42" + nsp + "0[\"join\",\"" + room + "\"]");
    const std::string ack = client.text();
    const auto start = ("43" + nsp + "0[\"").size();
    return ack.substr(start, ack.size() - start - 2);
  }

  template <class T>
  static T awaited(std::future<T> future) {
    EXPECT_EQ(future.wait_for(kLimit), std::future_status::ready);
    return future.get();
  }
  static FoundSockets found(const Broadcast& broadcast) {
    auto promise = std::make_shared<std::promise<FoundSockets>>();
    auto future = promise->get_future();
    broadcast.fetch_sockets(
        [promise](FoundSockets sockets) { promise->set_value(std::move(sockets)); });
    return awaited(std::move(future));
  }
  static ServerSideAnswers answers(Server& server, const std::string& nsp, const std::string& event,
                                   const boost::json::array& arguments) {
    auto promise = std::make_shared<std::promise<ServerSideAnswers>>();
    auto future = promise->get_future();
    server.server_side_emit_with_ack(nsp, event, arguments, [promise](ServerSideAnswers came) {
      promise->set_value(std::move(came));
    });
    return awaited(std::move(future));
  }
  static std::set<std::string> ids(const FoundSockets& sockets) {
    std::set<std::string> names;
    for (const auto& socket : sockets.sockets) names.insert(socket.id);
    return names;
  }
  static void done(std::function<void(Task)> act) {
    auto promise = std::make_shared<std::promise<void>>();
    auto future = promise->get_future();
    act([promise] { promise->set_value(); });
    awaited(std::move(future));
  }

  redis::TestRedis redis_;
  const std::string url_ = "redis://" + redis_.authority();
  Node one_{url_};
  Node other_{url_};
  TestClient here_{one_.port};
  TestClient there_{other_.port};
  const std::string here_id_ = join(here_, "red");
  const std::string there_id_ = join(there_, "red");
};

TEST_F(ClusterTest, ALocalBroadcastStaysOnItsNode) {
  one_.server->broadcast().to("red").local().emit("x", 1);
  one_.server->broadcast().to("red").emit("x", 2);
  EXPECT_EQ(here_.text(), "42[\"x\",1]");
  EXPECT_EQ(here_.text(), "42[\"x\",2]");
  EXPECT_EQ(there_.text(), "42[\"x\",2]");
  EXPECT_EQ(ids(found(one_.server->broadcast().local())), std::set{here_id_});
  done([&](Task told) { one_.server->broadcast().local().sockets_join("blue", std::move(told)); });
  EXPECT_EQ(ids(found(one_.server->broadcast().to("blue"))), std::set{here_id_});
}

TEST_F(ClusterTest, ABroadcastComesOnceToTheNodeThatSentIt) {
  one_.server->broadcast().to("red").emit("x", 1);
  EXPECT_EQ(there_.text(), "42[\"x\",1]");
  other_.server->broadcast().to("red").emit("x", 2);  // behind it, also in Redis
  EXPECT_EQ(here_.text(), "42[\"x\",1]");
  EXPECT_EQ(here_.text(), "42[\"x\",2]");
}

TEST_F(ClusterTest, ASocketOfAnotherNodeIsReachedByItsId) {
  const auto all = found(one_.server->broadcast());
  EXPECT_EQ(ids(all), (std::set{here_id_, there_id_}));
  EXPECT_FALSE(all.error);
  for (const auto& socket : all.sockets)
    EXPECT_EQ(socket.ref == SocketRef{}, socket.id == there_id_);
  one_.server->broadcast().to(there_id_).emit("x", 1);
  EXPECT_EQ(there_.text(), "42[\"x\",1]");
}

TEST_F(ClusterTest, ExceptionsHoldOnEveryNode) {
  done([&](Task told) {
    one_.server->broadcast().to(there_id_).sockets_join("blue", std::move(told));
  });
  one_.server->broadcast().except("blue").emit("x", 1);
  one_.server->broadcast().except(here_id_).emit("x", 2);
  EXPECT_EQ(here_.text(), "42[\"x\",1]");
  EXPECT_EQ(there_.text(), "42[\"x\",2]");
}

TEST_F(ClusterTest, WhatOneThreadSaysArrivesInOrder) {
  one_.server->broadcast().sockets_join("blue");
  one_.server->broadcast().to("blue").emit("x", 1);
  one_.server->broadcast().sockets_leave("blue");
  one_.server->broadcast().to("blue").emit("x", 2);
  one_.server->broadcast().emit("x", 3);
  for (auto* client : {&here_, &there_}) {
    EXPECT_EQ(client->text(), "42[\"x\",1]");
    EXPECT_EQ(client->text(), "42[\"x\",3]");
  }
}

TEST_F(ClusterTest, ServersAnswerOnceEach) {
  const Node third{url_};
  const auto sum = answers(*one_.server, "/", "sum", {41});
  EXPECT_EQ(sum.answers, (std::vector<boost::json::value>{42, 42}));
  EXPECT_FALSE(sum.error);
}

TEST_F(ClusterTest, AHandlerThatThrowsAnswersNothing) {
  redis::Broker stranger(*redis::parse_url(url_), nullptr);
  stranger.on_available([&] {
    for (const char* data : {R"(["sum"])", R"(["sum","x"])"})
      stranger.commands().send(
          {"PUBLISH", "socket.io-request#/#", std::string(R"({"type":6,"data":)") + data + '}'},
          [](const auto&) {});
  });
  stranger.start();
  while (one_.server->stats().cluster_in < 2) std::this_thread::yield();
  EXPECT_EQ(answers(*one_.server, "/", "sum", {1}).answers, std::vector<boost::json::value>{2});
}

TEST_F(ClusterTest, ANamespaceByRuleTakesPartWhileItHasSockets) {
  TestClient mine(one_.port);
  const auto mine_id = join(mine, "red", "/class-1,");
  EXPECT_EQ(ids(found(one_.server->broadcast("/class-1"))), std::set{mine_id});
  {
    TestClient theirs(other_.port);
    const auto theirs_id = join(theirs, "red", "/class-1,");
    // Its subscription is under way when it joins.
    while (ids(found(one_.server->broadcast("/class-1"))).size() < 2) continue;
    EXPECT_EQ(ids(found(other_.server->broadcast("/class-1"))), (std::set{mine_id, theirs_id}));
    one_.server->broadcast("/class-1").emit("x", 1);
    EXPECT_EQ(mine.text(), "42/class-1,[\"x\",1]");
    EXPECT_EQ(theirs.text(), "42/class-1,[\"x\",1]");
    EXPECT_EQ(answers(*one_.server, "/class-1", "sum", {1}).answers,
              std::vector<boost::json::value>{2});
    theirs.leave();
  }
  while (!answers(*one_.server, "/class-1", "sum", {1}).answers.empty()) continue;
  const auto alone = found(one_.server->broadcast("/class-1"));
  EXPECT_EQ(ids(alone), std::set{mine_id});
  EXPECT_FALSE(alone.error);
}

TEST_F(ClusterTest, SaysWhyAnswersAreMissing) {
  EXPECT_TRUE(one_.server->stats().clustered);
  EXPECT_TRUE(one_.server->stats().cluster_available);
  redis_.stop();
  while (one_.server->stats().cluster_available) std::this_thread::yield();
  const auto sockets = found(one_.server->broadcast());
  EXPECT_EQ(ids(sockets), std::set{here_id_});
  EXPECT_EQ(sockets.error, Errc::unavailable);
  EXPECT_EQ(answers(*one_.server, "/", "sum", {1}).error, Errc::unavailable);
  std::promise<BroadcastAnswers> asked;
  one_.server->broadcast().to("nobody").emit_with_ack(
      "q", {}, milliseconds(10'000),
      [&](BroadcastAnswers came) { asked.set_value(std::move(came)); });
  EXPECT_EQ(awaited(asked.get_future()).error, Errc::unavailable);
  const auto dropped = one_.server->stats().cluster_dropped;
  one_.server->broadcast().emit("x", 1);
  EXPECT_EQ(here_.text(), "42[\"x\",1]");
  EXPECT_EQ(one_.server->stats().cluster_dropped, dropped + 1);
}

TEST_F(ClusterTest, ANodeThatDoesNotAnswerIsNotWaitedForLonger) {
  // Counts as a node, and says nothing.
  redis::Broker silent(*redis::parse_url(url_), nullptr);
  std::promise<void> ready;
  silent.subscriber().subscribe("socket.io-request#/#", [](auto, auto) {});
  silent.on_available([&] { ready.set_value(); });
  silent.start();
  awaited(ready.get_future());
  std::promise<BroadcastAnswers> asked;
  one_.server->broadcast().to("nobody").emit_with_ack(
      "q", {}, milliseconds(300), [&](BroadcastAnswers came) { asked.set_value(std::move(came)); });
  const auto came = awaited(asked.get_future());
  EXPECT_EQ(came.error, Errc::timed_out);
  EXPECT_EQ(came.missing, 0U);
}

TEST_F(ClusterTest, CountsWhatNobodyCanRead) {
  redis::Broker stranger(*redis::parse_url(url_), nullptr);
  std::promise<void> sent;
  stranger.on_available([&] {
    for (const char* channel : {"socket.io#/#", "socket.io-request#/#", "socket.io-response#/#"})
      stranger.commands().send({"PUBLISH", channel, "junk"}, [](const auto&) {});
    stranger.commands().send({"PING"}, [&](const auto&) { sent.set_value(); });
  });
  stranger.start();
  awaited(sent.get_future());
  while (one_.server->stats().cluster_malformed < 3) std::this_thread::yield();
  one_.server->broadcast().emit("x", 1);
  EXPECT_EQ(here_.text(), "42[\"x\",1]");
  EXPECT_EQ(there_.text(), "42[\"x\",1]");
}

TEST(ClusterOptions, AUrlThatIsNoneIsRefusedWithoutBeingTold) {
  Options options;
  options.redis.url = "redis://:secret@";
  try {
    const Server server(options);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace lectern
