#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/time.h"
#include "base/uuid.h"
#include "events/event.h"
#include "gate/payloads.h"

namespace lectern::classroom {

// A chat message as everybody sees it. A deleted one keeps its place, so that seq has no gaps, and
// loses its content and metadata.
struct Message {
  Uuid message_id;
  std::uint64_t seq = 0;
  Uuid room;
  std::string user_id;
  std::string username;
  std::string content;
  gate::ContentType type = gate::ContentType::text;
  std::optional<Uuid> reply_to;
  std::vector<std::string> mentions;
  TimeMs timestamp = 0;
  bool deleted = false;

  // {messageId, seq, roomId, userId, username, content, type, metadata, timestamp} and, of a
  // deleted one, `deleted: true`.
  boost::json::object to_json() const;
  void erase_content();
};

// The message that a chat:message_posted event tells of, as it was posted: RoomState::deleted knows
// whether it still stands. None: damaged, or another event.
std::optional<Message> message_of(const events::DomainEvent& event);

// What of a room's messages is wanted: chat:history. `before` and `after` are exclusive.
struct HistoryQuery {
  std::optional<std::uint64_t> before;
  std::optional<std::uint64_t> after;
  std::size_t limit = 50;
};

struct HistoryPage {
  std::vector<const Message*> messages;  // ascending; valid until the history changes
  bool has_more = false;  // more messages in the direction of reading: newer ones with `after`,
                          // else older ones; also when only the log has them
  bool complete = true;   // false: some that belong into the page are no longer held; the log has
                          // them
};

// What a join returns: the last messages, or everything after `after` that is held.
struct CatchUp {
  std::vector<const Message*> messages;  // ascending; valid until the history changes
  bool truncated = false;                // some after `after` are no longer held
};

boost::json::array to_json(const std::vector<const Message*>& messages);

// The last messages of one room, a cache over the log, fed by its committed events in order.
// Pure; one thread (the room's owner). (M2, M5, M6, D16, D94)
class History {
 public:
  // Messages held at most (rooms.history); at least 1.
  explicit History(std::size_t capacity = 1000) : capacity_(capacity) {}

  // Takes a committed event of the room's aggregate. False: damaged. Types other than
  // chat:message_posted and chat:moderated change nothing.
  [[nodiscard]] bool apply(const events::DomainEvent& event);

  HistoryPage page(const HistoryQuery& query) const;
  CatchUp catch_up(std::optional<std::uint64_t> after, std::size_t limit_without_after = 50) const;

  // Forgets messages older than `age_ms` (rooms.history_age_ms). For memory pressure: what is
  // forgotten can only be read from the log.
  void shed(TimeMs now, std::int64_t age_ms);

  std::uint64_t last_seq() const { return last_seq_; }
  std::size_t size() const { return messages_.size(); }

 private:
  std::uint64_t first_held() const { return last_seq_ + 1 - messages_.size(); }

  std::size_t capacity_;
  std::deque<Message> messages_;  // consecutive seq, ending with last_seq_
  std::uint64_t last_seq_ = 0;
};

}  // namespace lectern::classroom
