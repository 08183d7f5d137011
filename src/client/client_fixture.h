#pragma once

#include <lectern/client.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>
#include <lectern/server.h>

// A client against a server of this library, for the tests of one subject each.
namespace lectern {

namespace json = boost::json;
using std::chrono::milliseconds;

// What happened, in order, told by handlers on any thread.
class Log {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    changed_.notify_all();
  }
  // Waits for that line, at most ten seconds; `count` of them.
  bool has(const std::string& line, int count = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::count(lines_.begin(), lines_.end(), line) >= count;
    });
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

inline std::string text_of(const Result<Arguments>& ack) {
  return ack ? json::serialize(ack->values) : ack.error().message();
}

class ClientTest : public ::testing::TestWithParam<std::vector<std::string>> {
 protected:
  ClientTest() {
    server_options_.listen = {{"127.0.0.1", 0, false}};
    server_options_.threads = 2;
    options_.reconnection_delay = milliseconds(1);
    options_.reconnection_delay_max = milliseconds(8);
  }
  ~ClientTest() override {
    client_.reset();
    stop_server();
    if (!HasFailure()) return;
    for (const auto& line : log_.lines()) std::cerr << "  " << line.substr(0, 100) << '\n';
  }

  void start_server() {
    server_ = std::make_unique<Server>(server_options_);
    for (const char* name : {"/", "/other"}) {
      Namespace& nsp = server_->of(name);
      nsp.on_event = [this](Socket& socket, Event& event) { serve(socket, event); };
      nsp.on_disconnect = [this](Socket&, DisconnectReason reason) {
        log_.add("server: " + std::string(reason));
      };
    }
    server_->of("/closed").use = [](Socket&, Next next) {
      next(ConnectError{"not you", std::make_shared<json::value>(json::object{{"code", 7}})});
    };
    server_options_.listen = server_->start();  // the same port after a restart
  }
  void stop_server() {
    if (server_) server_->stop(milliseconds(0));
    server_.reset();
  }

  void serve(Socket& socket, Event& event) {
    Arguments same{event.args, event.attachments};
    if (event.name == "echo") {
      if (!event.ack.requested()) socket.emit_args("echo", same);
      event.ack.reply(same);
    }
    if (event.name == "ask") {
      socket.emit_with_ack(
          "question", same, std::chrono::seconds(5),
          [this](Result<Arguments> ack) { log_.add("server: answer " + text_of(ack)); });
    }
    if (event.name == "item" && event.args[0] == items_) ++items_;
    if (event.name == "count") event.ack(items_);
    if (event.name == "kick") socket.disconnect(/*close_connection=*/event.args[0].as_bool());
    if (event.name == "drop") socket.close_transport("transport close");
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_options_.listen.front().port);
  }

  // A client whose socket of `nsp` writes down what happens to it.
  ClientSocket& make_client(std::string_view nsp = "/") {
    if (!client_) client_ = std::make_unique<Client>(url(), options_);
    ClientSocket& socket = client_->of(nsp);
    socket.on_connect([this] { log_.add("connect"); });
    socket.on_disconnect(
        [this](DisconnectReason why) { log_.add("disconnect " + std::string(why)); });
    socket.on_connect_error([this](const ConnectError& error) {
      log_.add("connect_error " + error.message + (error.data ? json::serialize(*error.data) : ""));
    });
    socket.on_any([this](const ClientEvent& event) {
      std::string line = std::string(event.name) + ' ' + json::serialize(event.args);
      for (const auto& bytes : event.attachments) line += ' ' + bytes;
      log_.add(line);
    });
    client_->on_upgrade([this] { log_.add("upgrade"); });
    client_->on_reconnect_attempt([this](const ReconnectAttempt& attempt) {
      log_.add("attempt " + std::to_string(attempt.number));
      const std::lock_guard lock(delays_mutex_);
      delays_.push_back(attempt.delay);
    });
    client_->on_reconnect_failed([this] { log_.add("gave up"); });
    return socket;
  }
  ClientSocket& connect(std::string_view nsp = "/") {
    ClientSocket& socket = make_client(nsp);
    socket.connect();
    EXPECT_TRUE(log_.has("connect"));
    return socket;
  }
  AckHandler note_ack(const std::string& name) {
    return [this, name](Result<Arguments> ack) { log_.add(name + ' ' + text_of(ack)); };
  }

  Log log_;
  Options server_options_;
  ClientOptions options_;
  int items_ = 0;  // in order, of one socket
  std::mutex delays_mutex_;
  std::vector<milliseconds> delays_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Client> client_;
};

class OverEveryTransport : public ClientTest {
 protected:
  OverEveryTransport() {
    options_.transports = GetParam();
    start_server();
  }
};

}  // namespace lectern
