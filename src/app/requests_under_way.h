#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include <lectern/server.h>

namespace lectern::app {

// The requests of one socket that have no answer yet. Whoever has too many of them on their way is
// not read until most are done: they stand in the mailboxes of shards that others use as well.
class RequestsUnderWay {
 public:
  static constexpr int kMost = 256;
  static constexpr int kFew = 64;  // with which reading goes on

  // `server` outlives it.
  RequestsUnderWay(Server& server, SocketRef socket) : server_(server), socket_(socket) {}

  void begin(Socket& socket);  // on its shard
  void end();                  // any thread

 private:
  void resume_when_few();

  Server& server_;
  const SocketRef socket_;
  std::atomic<int> count_{0};
  std::atomic<bool> paused_{false};
};

// One of them, for as long as this object lives.
class UnderWay {
 public:
  UnderWay() = default;
  UnderWay(std::shared_ptr<RequestsUnderWay> all, Socket& socket) : all_(std::move(all)) {
    all_->begin(socket);
  }
  UnderWay(UnderWay&&) = default;
  UnderWay& operator=(UnderWay&& other) noexcept {
    std::swap(all_, other.all_);
    return *this;
  }
  ~UnderWay() {
    if (all_) all_->end();
  }

 private:
  std::shared_ptr<RequestsUnderWay> all_;
};

}  // namespace lectern::app
