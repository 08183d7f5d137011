#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/aggregate.h"
#include "classroom/history.h"
#include "classroom/presence.h"
#include "classroom/quiz.h"
#include "classroom/room.h"

namespace lectern::app {

// A room at its owner.
struct LiveRoom {
  LiveRoom(const Uuid& room, std::size_t history_size)
      : id(room), name(room.to_string()), history(history_size) {}

  // Somebody who was in the room since the server started.
  struct Known {
    std::string username;
    bool admin = false;
  };

  // Takes an event that the log holds.
  void restore(const events::DomainEvent& event) {
    state.restore(event);
    static_cast<void>(history.apply(event));  // a damaged one is seen by the state as well
  }

  Uuid id;
  std::string name;          // of the Socket.IO room: the room's id
  std::string claimed_code;  // until the creation is committed or has failed
  Aggregate<classroom::RoomState> state;
  std::vector<RequestPtr> again;  // decided once `state` is usable again
  classroom::History history;
  classroom::Presence presence;
  std::unordered_map<std::string, Known> known;  // by user id
  // Keys of the names that guests may not have any more, with the number tried last.
  std::unordered_map<std::string, unsigned> taken_names;
  std::vector<Uuid> sessions;  // quizzes, by creation
  bool presence_due = false;   // a room:presence is scheduled
};

// A quiz session at its owner, which is its room's.
struct LiveQuiz {
  // Takes an event that the log holds.
  void restore(const events::DomainEvent& event) {
    state.restore(event);
    room = state.committed().room;
  }

  Aggregate<classroom::QuizState> state;
  std::vector<RequestPtr> again;  // decided once `state` is usable again
  Uuid room;
  std::optional<TimeMs> armed_for;  // the deadline that a timer runs for
  bool deadline_waits = false;      // for a decision in flight
  TimeMs next_progress_at = 0;      // quiz:progress may be sent from then on
  bool progress_due = false;        // and is scheduled
};

}  // namespace lectern::app
