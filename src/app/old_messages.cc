#include "app/old_messages.h"

#include <algorithm>
#include <utility>

namespace lectern::app {
namespace {

constexpr std::size_t kPage = 500;

struct Span {
  std::uint64_t first;
  std::uint64_t last;
};

// The numbers that the query asks for. They have no gaps, so the span is known without reading.
Span span_of(const classroom::HistoryQuery& query, std::uint64_t last_seq) {
  const std::uint64_t limit = query.limit;
  std::uint64_t first = query.after ? *query.after + 1 : 1;
  std::uint64_t last = last_seq;
  if (query.before) last = std::min(last, *query.before == 0 ? 0 : *query.before - 1);
  if (last < first) return {1, 0};
  if (query.after) {
    last = std::min(last, first + limit - 1);
  } else if (last - first + 1 > limit) {
    first = last - limit + 1;
  }
  return {first, last};
}

}  // namespace

boost::json::object OldMessages::to_json(const std::unordered_set<Uuid>& deleted) {
  boost::json::array array;
  for (auto& message : messages) {
    if (deleted.contains(message.message_id)) message.erase_content();
    array.push_back(message.to_json());
  }
  return {{"messages", std::move(array)}, {"hasMore", has_more}};
}

OldMessages read_old_messages(events::EventLog& log, const Uuid& room,
                              const classroom::HistoryQuery& query, std::uint64_t last_seq) {
  OldMessages page;
  const auto span = span_of(query, last_seq);
  if (span.last < span.first) return page;
  const auto bound = query.before && *query.before <= last_seq ? *query.before - 1 : last_seq;
  page.has_more = query.after ? span.last < bound : span.first > 1;
  // The room's creation comes first, so a message's version is above its number.
  auto version = span.first + 1;
  while (true) {
    const auto events = log.read(room, version, kPage);
    for (const auto& event : events) {
      auto message = classroom::message_of(event);
      if (!message || message->seq < span.first) continue;
      if (message->seq > span.last) return page;
      page.messages.push_back(std::move(*message));
    }
    if (events.size() < kPage) return page;
    version = events.back().version + 1;
  }
}

}  // namespace lectern::app
