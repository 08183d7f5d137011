#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lectern/unique_function.h>

#include "app/failure.h"
#include "app/live_room.h"
#include "classroom/effect.h"
#include "events/event_log.h"

namespace lectern::app {

// Told when a room is in memory, or why it is not.
using Awake = UniqueFunction<void(std::optional<Failure>)>;

// How much the log holds of an aggregate.
struct Extent {
  Uuid aggregate;
  std::uint64_t version = 0;
};

// What stays of a closed room while nobody uses it. The log has the rest.
//
//             closed, settled, empty
//   LiveRoom ────────────────────────▶ SleepingRoom
//      ▲                                    │ somebody asks for it or for a quiz of it
//      └──────────── read_room ◀────────────┘
struct SleepingRoom {
  std::vector<Extent> extents;         // of the room, then of its quizzes, by creation
  std::vector<std::string> summaries;  // of the quizzes, JSON: they stand in every list
  std::string creator_id;
  std::vector<std::string> co_hosts;
  std::vector<Awake> waiting;  // while the log is read
};

// A room with its quizzes, by creation.
struct WholeRoom {
  std::unique_ptr<LiveRoom> room;
  std::vector<std::pair<Uuid, std::unique_ptr<LiveQuiz>>> quizzes;
};

// `room` is closed, and `quizzes` are its.
SleepingRoom fall_asleep(const LiveRoom& room, const std::vector<const LiveQuiz*>& quizzes);

// Folds what the log holds of the room. None: it does not hold all that it held when the room fell
// asleep, or that is damaged. Any thread; waits for the disk.
std::optional<WholeRoom> read_room(events::EventLog& log, const std::vector<Extent>& extents,
                                   std::size_t history_size);

}  // namespace lectern::app
