#include "classroom/history.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "classroom/record.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;

bool read_metadata(const json::value& value, Message& message) {
  Record metadata(value);
  if (metadata.has("replyTo")) message.reply_to = metadata.uuid("replyTo");
  if (metadata.has("mentions")) {
    for (const auto& mention : metadata.array("mentions")) {
      const auto* text = mention.if_string();
      if (text == nullptr) return false;
      message.mentions.emplace_back(*text);
    }
  }
  return metadata.good();
}

}  // namespace

json::object Message::to_json() const {
  json::object metadata;
  if (reply_to) metadata["replyTo"] = reply_to->to_string();
  if (!mentions.empty()) metadata["mentions"] = json::array(mentions.begin(), mentions.end());
  json::object object{{"messageId", message_id.to_string()},
                      {"seq", seq},
                      {"roomId", room.to_string()},
                      {"userId", user_id},
                      {"username", username},
                      {"content", content},
                      {"type", gate::name_of(type)},
                      {"metadata", std::move(metadata)},
                      {"timestamp", timestamp}};
  if (deleted) object["deleted"] = true;
  return object;
}

void Message::erase_content() {
  deleted = true;
  content.clear();
  type = gate::ContentType::text;  // an empty image would be a broken one
  reply_to.reset();
  mentions.clear();
}

std::optional<Message> message_of(const events::DomainEvent& event) {
  if (event.type != "chat:message_posted") return std::nullopt;
  Record record(event.payload);
  Message message;
  message.message_id = record.uuid("messageId");
  message.seq = record.natural("seq");
  message.room = record.uuid("roomId");
  message.user_id = record.string("userId");
  message.username = record.string("username");
  message.content = record.string("content");
  const auto type = gate::content_type(record.string("type"));
  message.timestamp = record.integer("timestamp");
  if (!read_metadata(record.value("metadata"), message)) record.fail();
  if (!record.good() || !type || message.seq == 0) return std::nullopt;
  message.type = *type;
  return message;
}

bool History::apply(const events::DomainEvent& event) {
  if (event.type == "chat:message_posted") {
    auto message = message_of(event);
    if (!message || message->seq != last_seq_ + 1) return false;
    last_seq_ = message->seq;
    messages_.push_back(std::move(*message));
    if (messages_.size() > capacity_) messages_.pop_front();
    return true;
  }
  if (event.type != "chat:moderated") return true;
  Record record(event.payload);
  if (record.string("action") != gate::name_of(gate::ChatModerate::Action::delete_message)) {
    return record.good();
  }
  const auto seq = record.natural("seq");
  if (!record.good() || seq == 0 || seq > last_seq_) return false;
  if (seq >= first_held()) messages_[seq - first_held()].erase_content();
  return true;
}

HistoryPage History::page(const HistoryQuery& query) const {
  const auto before = query.before.value_or(std::numeric_limits<std::uint64_t>::max());
  // Messages first … last are wanted; an empty range has first > last.
  std::uint64_t last = std::min(last_seq_, before == 0 ? 0 : before - 1);
  std::uint64_t first = 1;
  HistoryPage page;
  if (query.after) {
    first = std::min(*query.after, last_seq_) + 1;
    page.has_more = first <= last && last - first >= query.limit;
    if (page.has_more) last = first + query.limit - 1;
  } else if (last > query.limit) {
    first = last - query.limit + 1;
    page.has_more = true;
  }
  if (first > last) return page;
  page.complete = first >= first_held();
  for (auto seq = std::max(first, first_held()); seq <= last; ++seq) {
    page.messages.push_back(&messages_[seq - first_held()]);
  }
  return page;
}

CatchUp History::catch_up(std::optional<std::uint64_t> after,
                          std::size_t limit_without_after) const {
  if (!after) return {page({{}, {}, limit_without_after}).messages, false};
  const auto missed = page({{}, after, std::numeric_limits<std::size_t>::max()});
  return {missed.messages, !missed.complete};
}

void History::shed(TimeMs now, std::int64_t age_ms) {
  while (!messages_.empty() && messages_.front().timestamp <= now - age_ms) messages_.pop_front();
}

json::array to_json(const std::vector<const Message*>& messages) {
  json::array array;
  array.reserve(messages.size());
  for (const auto* message : messages) array.push_back(message->to_json());
  return array;
}

}  // namespace lectern::classroom
