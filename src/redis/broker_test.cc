#include "redis/broker.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <lectern/log_sink.h>

#include "net/test_identity.h"
#include "redis/test_redis.h"

namespace lectern::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto kLimit = 20s;

// What somebody waits for on another thread.
template <class T>
class Inbox {
 public:
  void put(T value) {
    const std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    came_.notify_all();
  }
  // The next value; nothing when none comes.
  std::optional<T> take() {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, kLimit, [this] { return taken_ < values_.size(); }))
      return std::nullopt;
    return values_[taken_++];
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<T> values_;
  std::size_t taken_ = 0;
};

class LogLines final : public LogSink {
 public:
  bool enabled(Level) const noexcept override { return true; }
  void write(Level, std::string_view line) noexcept override { lines.put(std::string(line)); }
  Inbox<std::string> lines;
};

class BrokerTest : public testing::Test {
 protected:
  static constexpr Timing kFast{20ms, 100ms, 1s};

  void connect(const std::string& url, Timing timing = kFast) {
    broker_.emplace(*parse_url(url), &log_, timing);
    broker_->subscriber().subscribe("news", [this](auto channel, auto payload) {
      messages_.put(std::string(channel) + '=' + std::string(payload));
    });
    broker_->subscriber().subscribe_pattern("room[*]:*", [this](auto channel, auto payload) {
      messages_.put(std::string(channel) + "~" + std::string(payload));
    });
    broker_->on_available([this] { available_.put(true); });
    broker_->start();
  }

  // The answer to a command, or the name of an error.
  std::string ask(const std::string& first, const std::string& second = {},
                  const std::string& third = {}) {
    std::promise<std::string> answer;
    broker_->post([&] {
      auto handler = [&](Result<Reply> reply) {
        if (!reply) return answer.set_value(name_of(errc_of(reply.error())));
        answer.set_value(reply->kind == Reply::Kind::integer ? std::to_string(reply->number)
                                                             : reply->text);
      };
      if (third.empty()) return broker_->commands().send({first, second}, std::move(handler));
      broker_->commands().send({first, second, third}, std::move(handler));
    });
    auto future = answer.get_future();
    return future.wait_for(kLimit) == std::future_status::ready ? future.get() : "nothing";
  }

  TestRedis redis_;
  LogLines log_;
  Inbox<std::string> messages_;
  Inbox<bool> available_;
  std::optional<Broker> broker_;
};

TEST_F(BrokerTest, TellsWhatIsPublishedAndAnswersInOrder) {
  connect("redis://" + redis_.authority());
  ASSERT_TRUE(available_.take());
  EXPECT_TRUE(broker_->available());
  EXPECT_EQ(ask("PUBLISH", "news", std::string("a\0\r\nb", 5)), "1");
  EXPECT_EQ(messages_.take(), std::string("news=a\0\r\nb", 10));
  EXPECT_EQ(ask("PUBLISH", "room*:1", "x"), "1");
  EXPECT_EQ(messages_.take(), "room*:1~x");
  EXPECT_EQ(ask("PUBLISH", "rooms:1", "x"), "0");
  std::promise<std::string> answers;
  broker_->post([&, text = std::make_shared<std::string>()] {
    for (const char* word : {"1", "2", "3", "4"})
      broker_->commands().send({"ECHO", word}, [&, text](Result<Reply> reply) {
        if ((*text += reply->text) == "1234") answers.set_value(*text);
      });
  });
  EXPECT_EQ(answers.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST_F(BrokerTest, ALaterSubscriptionDisturbsNothing) {
  connect("redis://" + redis_.authority());
  ASSERT_TRUE(available_.take());
  std::promise<bool> still;
  broker_->post([&] {
    broker_->subscriber().subscribe(
        "late", [this](auto, auto payload) { messages_.put("late " + std::string(payload)); });
    broker_->subscriber().unsubscribe("news");
    still.set_value(broker_->available());
  });
  EXPECT_TRUE(still.get_future().get());
  while (ask("PUBLISH", "late", "x") == "0") continue;
  EXPECT_EQ(messages_.take(), "late x");
  EXPECT_EQ(ask("PUBLISH", "news", "x"), "0");
  redis_.stop();
  redis_.start();
  ASSERT_TRUE(available_.take());
  EXPECT_EQ(ask("PUBLISH", "late", "y"), "1");
  EXPECT_EQ(ask("PUBLISH", "news", "y"), "0");
  EXPECT_EQ(messages_.take(), "late y");
}

TEST_F(BrokerTest, FailsFastWhileRedisIsAwayAndSubscribesAgainWhenItIsBack) {
  connect("redis://" + redis_.authority());
  ASSERT_TRUE(available_.take());
  redis_.stop();
  EXPECT_TRUE(log_.lines.take()->starts_with("redis is away"));
  EXPECT_EQ(ask("ECHO", "x"), "unavailable");
  EXPECT_FALSE(broker_->available());
  redis_.start();
  EXPECT_EQ(log_.lines.take(), "redis is back");
  ASSERT_TRUE(available_.take());
  EXPECT_EQ(ask("PUBLISH", "news", "again"), "1");
  EXPECT_EQ(messages_.take(), "news=again");
}

TEST_F(BrokerTest, AnswersWhatWasAskedWhenRedisDies) {
  connect("redis://" + redis_.authority());
  ASSERT_TRUE(available_.take());
  redis_.signal(SIGSTOP);
  std::promise<void> asked;
  std::promise<bool> refused;
  broker_->post([&] {
    broker_->commands().send({"ECHO", "x"},
                             [&](const Result<Reply>& reply) { refused.set_value(!reply); });
    asked.set_value();
  });
  asked.get_future().wait();
  redis_.stop();
  auto answer = refused.get_future();
  ASSERT_EQ(answer.wait_for(kLimit), std::future_status::ready);
  EXPECT_TRUE(answer.get());
}

TEST_F(BrokerTest, NoticesARedisThatFellSilent) {
  connect("redis://" + redis_.authority());
  ASSERT_TRUE(available_.take());
  redis_.signal(SIGSTOP);
  EXPECT_EQ(log_.lines.take(), "redis is away reason=\"it does not answer\"");
  redis_.signal(SIGCONT);
  ASSERT_TRUE(available_.take());
}

TEST_F(BrokerTest, KeepsAQuietConnection) {
  connect("redis://" + redis_.authority(), {20ms, 100ms, 250ms});
  ASSERT_TRUE(available_.take());
  std::promise<void> later;
  broker_->post([&] { broker_->run_after(1s, [&] { later.set_value(); }); });
  later.get_future().wait();
  EXPECT_EQ(ask("PUBLISH", "news", "still"), "1");
  EXPECT_EQ(messages_.take(), "news=still");
  broker_->stop();
  log_.lines.put("end");
  EXPECT_EQ(log_.lines.take(), "end");
}

TEST_F(BrokerTest, SendsWhatWasPostedBeforeItStops) {
  connect("redis://" + redis_.authority());
  ASSERT_TRUE(available_.take());
  Broker other(*parse_url("redis://" + redis_.authority()), nullptr, kFast);
  std::promise<void> ready;
  other.on_available([&] { ready.set_value(); });
  other.start();
  ready.get_future().wait();
  other.post([&] { other.commands().send({"PUBLISH", "news", "last"}, [](const auto&) {}); });
  other.stop();
  EXPECT_EQ(messages_.take(), "news=last");
}

TEST_F(BrokerTest, SaysWhoItIsAndTakesItsDatabase) {
  TestRedis guarded({"--requirepass", "p@ss"});
  connect("redis://default:p%40ss@" + guarded.authority() + "/3");
  ASSERT_TRUE(available_.take());
  EXPECT_TRUE(ask("CLIENT", "INFO").find(" db=3 ") != std::string::npos);
}

// SSL_CERT_FILE, which OpenSSL knows, names whom to trust.
TEST_F(BrokerTest, SpeaksTlsToAServerThatItTrusts) {
  const net::TestIdentity identity;
  const net::TestIdentity stranger;
  TestRedis guarded(
      {"--tls-cert-file", identity.certificate_file(), "--tls-key-file", identity.key_file(),
       "--tls-ca-cert-file", identity.certificate_file(), "--tls-auth-clients", "no"},
      TestRedis::Speaks::tls);
  setenv("SSL_CERT_FILE", stranger.certificate_file().c_str(), 1);
  connect("rediss://" + guarded.authority());
  EXPECT_TRUE(log_.lines.take()->starts_with("redis is away"));
  EXPECT_EQ(ask("ECHO", "x"), "unavailable");

  setenv("SSL_CERT_FILE", identity.certificate_file().c_str(), 1);
  connect("rediss://" + guarded.authority());
  unsetenv("SSL_CERT_FILE");
  ASSERT_TRUE(available_.take());
  const std::string large(300'000, 'x');
  EXPECT_EQ(ask("ECHO", large), large);
  EXPECT_EQ(ask("PUBLISH", "news", large), "1");
  EXPECT_EQ(messages_.take(), "news=" + large);
}

TEST_F(BrokerTest, AWrongPasswordIsToldAndTriedAgain) {
  TestRedis guarded({"--requirepass", "right"});
  connect("redis://:wrong@" + guarded.authority());
  const auto line = log_.lines.take();
  ASSERT_TRUE(line);
  EXPECT_NE(line->find("WRONGPASS"), std::string::npos);
  EXPECT_EQ(ask("ECHO", "x"), "unavailable");
}

TEST_F(BrokerTest, EndsWhateverItsConnectionsDo) {
  redis_.stop();
  connect("redis://" + redis_.authority());
  EXPECT_TRUE(log_.lines.take());
  broker_->stop();
}

}  // namespace
}  // namespace lectern::redis
