#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "app/request.h"
#include "classroom/effect.h"
#include "events/event_log.h"

namespace lectern::app {

// Somebody who gets their answer with a commit.
struct Waiting {
  RequestPtr request;  // null: nobody asked, a deadline did
  boost::json::object reply;
};

// A decision on its way to the disk.
struct Pending {
  std::vector<events::NewEvent> events;
  std::vector<classroom::Effect> effects;
  std::vector<Waiting> waiting;
  std::optional<std::uint64_t> first_version;  // learned from the log before the append's answer
};

// What became of the oldest pending decision.
struct Settled {
  Pending pending;
  bool committed = false;
  std::vector<events::DomainEvent> events;  // as committed
};

// One room or quiz at its owner: the head, on which commands are decided, the committed state, and
// the decisions in between. State is a fold: `evolve(State&, event) -> bool`, `State::version`.
//
// When an append fails, the head is wrong and so is everything decided on it. The aggregate then
// takes no more until all that is in flight has come back, each refused whatever the log says
// about it; then the head is the committed state again. Appends name the version that they expect,
// so the log cannot take one that was decided on a lost one. Pure; one thread (the owner's).
template <class State>
class Aggregate {
 public:
  const State& head() const { return head_; }
  const State& committed() const { return committed_; }

  // Whether a command may be decided. False while it settles after a failure or awaits what others
  // appended, and for ever when its events are damaged.
  bool usable() const { return !settling_ && !damaged_ && committed_.version >= awaited_; }
  bool damaged() const { return damaged_; }
  bool idle() const { return in_flight_.empty(); }

  // Takes an event that the log holds, at start.
  void restore(const events::DomainEvent& event) {
    if (!damaged_ && (!evolve(committed_, event) || !evolve(head_, event))) damaged_ = true;
  }

  // Takes an event that the log tells of while it runs, ascending and without a gap. True: somebody
  // else appended it, or an append of our own was refused although it was written. What is decided
  // in the meantime will meet a conflict. False: it was known, or it belongs to a decision in
  // flight, which is committed then whatever the answer to its append says.
  bool learn(const events::DomainEvent& event) {
    if (damaged_ || event.version <= committed_.version) return false;
    if (!evolve(committed_, event)) damaged_ = true;
    for (auto& pending : in_flight_) {
      for (std::size_t i = 0; i < pending.events.size(); ++i) {
        if (pending.events[i].id != event.id) continue;
        if (!pending.first_version) pending.first_version = event.version - i;
        return false;
      }
    }
    if (in_flight_.empty()) {
      head_ = committed_;
    } else {
      settling_ = true;
    }
    return true;
  }

  // Somebody else has brought the aggregate to `version`; learn() will tell how.
  void await(std::uint64_t version) { awaited_ = std::max(awaited_, version); }

  // The log has taken the decision's append.
  void begin(Pending pending) {
    for (const auto& event : pending.events) {
      if (!evolve(head_, event)) damaged_ = true;
    }
    in_flight_.push_back(std::move(pending));
  }

  // An answer that repeats one which may still be in flight waits for the last of these: what is
  // acknowledged is on disk. Only while !idle().
  void follow(Waiting waiting) { in_flight_.back().waiting.push_back(std::move(waiting)); }

  // The log's answer about the oldest decision in flight; answers come in order.
  Settled finish(const Uuid& id, const events::AppendResult& result) {
    Settled settled{std::move(in_flight_.front()), false, {}};
    in_flight_.pop_front();
    const auto learned = settled.pending.first_version;
    if (!learned && (result.error || result.repeated)) settling_ = true;
    settled.committed = learned || !settling_;
    if (settled.committed) commit(id, learned.value_or(result.first_version), settled);
    if (settling_ && in_flight_.empty()) {
      head_ = committed_;
      settling_ = false;
    }
    return settled;
  }

 private:
  void commit(const Uuid& id, std::uint64_t version, Settled& settled) {
    for (const auto& event : settled.pending.events) {
      settled.events.push_back(
          {event.id, event.type, id, event.payload, event.timestamp, version++, 0});
      const auto& committed = settled.events.back();
      if (committed.version <= committed_.version) continue;  // learned
      if (!evolve(committed_, committed)) damaged_ = true;
    }
  }

  State committed_;
  State head_;
  std::deque<Pending> in_flight_;
  std::uint64_t awaited_ = 0;  // the version to learn of before anything is decided
  bool settling_ = false;
  bool damaged_ = false;
};

}  // namespace lectern::app
