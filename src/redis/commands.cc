#include "redis/commands.h"

#include <utility>

namespace lectern::redis {

void Commands::close() {
  connection_.close();
  waiting_.clear();
}

void Commands::send(std::span<const std::string_view> words, ReplyHandler handler) {
  if (!connection_.ready()) return handler(Errc::unavailable);
  if (waiting_.size() >= kMaxWaiting || !connection_.send(words)) return handler(Errc::busy);
  waiting_.push_back(std::move(handler));
}

void Commands::on_reply(Reply reply) {
  if (waiting_.empty()) return;  // nobody asked: nothing depends on it
  ReplyHandler handler = std::move(waiting_.front());
  waiting_.pop_front();
  handler(std::move(reply));
}

void Commands::on_lost() {
  changed_();
  for (auto& handler : std::exchange(waiting_, {})) handler(Errc::unavailable);
}

void Commands::on_silence() {
  send({"PING"}, [](const Result<Reply>&) {});
}

}  // namespace lectern::redis
