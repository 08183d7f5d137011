#include "redis/subscriber.h"

#include <array>
#include <utility>
#include <vector>

namespace lectern::redis {

void Subscriber::subscribe(const std::string& channel, MessageHandler handler) {
  channels_.insert_or_assign(channel, std::move(handler));
  ask("SUBSCRIBE", channel);
}

void Subscriber::subscribe_pattern(const std::string& pattern, MessageHandler handler) {
  patterns_.insert_or_assign(pattern, std::move(handler));
  ask("PSUBSCRIBE", pattern);
}

void Subscriber::unsubscribe(const std::string& channel) {
  if (channels_.erase(channel) > 0) ask("UNSUBSCRIBE", channel);
}

void Subscriber::unsubscribe_pattern(const std::string& pattern) {
  if (patterns_.erase(pattern) > 0) ask("PUNSUBSCRIBE", pattern);
}

void Subscriber::ask(std::string_view command, std::string_view name) {
  connection_.send(std::array{command, name});
}

void Subscriber::on_ready() {
  unconfirmed_ = channels_.size() + patterns_.size();
  send_all("SUBSCRIBE", channels_);
  send_all("PSUBSCRIBE", patterns_);
  note_complete();
}

void Subscriber::send_all(std::string_view command, const Handlers& handlers) {
  if (handlers.empty()) return;
  std::vector<std::string_view> words{command};
  for (const auto& [name, handler] : handlers) words.emplace_back(name);
  connection_.send(words);
}

void Subscriber::on_reply(Reply reply) {
  using Kind = Reply::Kind;
  auto& items = reply.items;
  if (items.size() < 3 || items[0].kind != Kind::bytes) return;  // a pong, or an error
  const std::string_view what = items[0].text;
  const bool by_pattern = what == "pmessage" && items.size() == 4;
  if (by_pattern || what == "message") {
    // A payload beyond all limits was skipped; it is as good as lost.
    if (items.back().kind != Kind::bytes) return;
    auto& handlers = by_pattern ? patterns_ : channels_;
    const auto found = handlers.find(items[1].text);
    if (found != handlers.end()) found->second(items[by_pattern ? 2 : 1].text, items.back().text);
    return;
  }
  if (what.ends_with("subscribe")) on_confirmed();
}

void Subscriber::on_confirmed() {
  if (unconfirmed_ > 0) --unconfirmed_;
  note_complete();
}

void Subscriber::on_lost() { note_complete(); }

void Subscriber::on_silence() { connection_.send(std::array<std::string_view, 1>{"PING"}); }

void Subscriber::note_complete() {
  const bool complete = connection_.ready() && unconfirmed_ == 0;
  if (std::exchange(complete_, complete) != complete) changed_();
}

}  // namespace lectern::redis
