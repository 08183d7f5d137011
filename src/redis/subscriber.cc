#include "redis/subscriber.h"

#include <array>
#include <utility>
#include <vector>

namespace lectern::redis {

void Subscriber::subscribe(const std::string& channel, MessageHandler handler) {
  channels_.insert_or_assign(channel, Subscription{std::move(handler)});
  ask("SUBSCRIBE", channel);
}

void Subscriber::subscribe_pattern(const std::string& pattern, MessageHandler handler) {
  patterns_.insert_or_assign(pattern, Subscription{std::move(handler)});
  ask("PSUBSCRIBE", pattern);
}

void Subscriber::unsubscribe(const std::string& channel) { end(channels_, "UNSUBSCRIBE", channel); }

void Subscriber::unsubscribe_pattern(const std::string& pattern) {
  end(patterns_, "PUNSUBSCRIBE", pattern);
}

void Subscriber::end(Subscriptions& subscriptions, std::string_view command,
                     const std::string& name) {
  const auto found = subscriptions.find(name);
  if (found == subscriptions.end()) return;
  found->second.wanted = false;
  ask(command, name);
}

void Subscriber::ask(std::string_view command, std::string_view name) {
  connection_.send(std::array{command, name});
}

void Subscriber::on_ready() {
  const auto is_unwanted = [](const auto& entry) { return !entry.second.wanted; };
  std::erase_if(channels_, is_unwanted);
  std::erase_if(patterns_, is_unwanted);
  unconfirmed_ = channels_.size() + patterns_.size();
  send_all("SUBSCRIBE", channels_);
  send_all("PSUBSCRIBE", patterns_);
  note_complete();
}

void Subscriber::send_all(std::string_view command, const Subscriptions& subscriptions) {
  if (subscriptions.empty()) return;
  std::vector<std::string_view> words{command};
  for (const auto& [name, subscription] : subscriptions) words.emplace_back(name);
  connection_.send(words);
}

// Everything that a subscriber is told is an array that begins with what it is.
void Subscriber::on_reply(Reply reply) {
  const auto& items = reply.items;
  if (items.size() < 3 || items[0].kind != Reply::Kind::bytes) return;  // a pong, or an error
  const std::string_view what = items[0].text;
  if (what == "message") return on_message(channels_, items);
  if (what == "pmessage") return on_message(patterns_, items);
  if (what.ends_with("subscribe")) on_confirmed(what, items[1].text);
}

// [what, channel, payload] or [what, pattern, channel, payload]
void Subscriber::on_message(Subscriptions& subscriptions, std::span<const Reply> what) {
  const Reply& payload = what.back();
  if (payload.kind != Reply::Kind::bytes) return;  // beyond all limits, and skipped
  const auto found = subscriptions.find(what[1].text);
  if (found != subscriptions.end()) found->second.handler(what[what.size() - 2].text, payload.text);
}

void Subscriber::on_confirmed(std::string_view what, const std::string& name) {
  if (what.ends_with("unsubscribe")) {
    auto& subscriptions = what.starts_with('p') ? patterns_ : channels_;
    const auto found = subscriptions.find(name);
    // It may have been asked for again.
    if (found != subscriptions.end() && !found->second.wanted) subscriptions.erase(found);
    return;
  }
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
