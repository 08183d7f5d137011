#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include <boost/json/object.hpp>

#include "classroom/history.h"
#include "events/event_log.h"

namespace lectern::app {

// Messages of a room that are no longer held in memory, as they were posted.
struct OldMessages {
  std::vector<classroom::Message> messages;  // ascending
  bool has_more = false;

  // {messages, hasMore}; those in `deleted` without their content.
  boost::json::object to_json(const std::unordered_set<Uuid>& deleted);
};

// Answers a query from the log; `last_seq` is the room's. Waits for the disk.
OldMessages read_old_messages(events::EventLog& log, const Uuid& room,
                              const classroom::HistoryQuery& query, std::uint64_t last_seq);

}  // namespace lectern::app
