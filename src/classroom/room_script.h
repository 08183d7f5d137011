#pragma once

// Conversations with one room, for tests: commands at a time, and what they must answer.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "classroom/room.h"

namespace lectern::classroom {

inline constexpr TimeMs kNoon = 1764000000000;
inline const Uuid kRoom = *Uuid::parse("3b241101-e2bb-4255-8caf-4136c566a962");

// The n-th id of a row: 00000000-0000-4000-8000-00000000002a is numbered(42).
inline Uuid numbered(std::uint32_t n) {
  Uuid id = *Uuid::parse("00000000-0000-4000-8000-000000000000");
  for (std::size_t i = 0; i < 4; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}

// What an effect does, in one line: `room chat:message {…}`, `user ben … {…}`, `hosts … {…}`,
// `leave ben`, `deadline 1764000020000`, `progress`.
struct EffectLine {
  std::string operator()(const ToRoom& effect) const { return "room " + sent(effect); }
  std::string operator()(const ToUser& effect) const {
    return "user " + effect.user_id + " " + sent(effect);
  }
  std::string operator()(const ToHosts& effect) const { return "hosts " + sent(effect); }
  std::string operator()(const Leave& effect) const { return "leave " + effect.user_id; }
  std::string operator()(const DeadlineSet& effect) const {
    return "deadline " + std::to_string(effect.at);
  }
  std::string operator()(const ProgressChanged&) const { return "progress"; }

 private:
  template <class E>
  static std::string sent(const E& effect) {
    return effect.event + " " + boost::json::serialize(effect.payload);
  }
};

inline std::vector<std::string> lines_of(const Decision& decision) {
  std::vector<std::string> lines;
  for (const auto& effect : decision.effects) lines.push_back(std::visit(EffectLine{}, effect));
  return lines;
}

inline events::DomainEvent committed(const events::NewEvent& event, const Uuid& aggregate,
                                     std::uint64_t version) {
  return {event.id, event.type, aggregate, event.payload, event.timestamp, version, version};
}

inline Actor teacher() { return {"tea", "Ms Tea", false, true}; }
inline Actor student(std::string id) { return {id, "Student " + id, false, true}; }
inline Actor admin() { return {"root", "Root", true, true}; }

// A room of teacher(). Every decision is folded into the state at once.
class RoomScript {
 public:
  RoomScript() {
    at(kNoon).by(teacher()).create({"Algebra 1", "lecture", {}});
    EXPECT_FALSE(last.failure);
  }

  RoomScript& at(TimeMs now) { return now_ = now, *this; }
  RoomScript& after(std::int64_t ms) { return now_ += ms, *this; }
  RoomScript& by(Actor actor) { return actor_ = std::move(actor), *this; }

  RoomScript& create(gate::RoomCreate wanted) {
    return run(CreateRoom{std::move(wanted), kRoom, "K7QM2X"});
  }
  RoomScript& configure(gate::RoomConfigure change) {
    return run(ConfigureRoom{std::move(change)});
  }
  RoomScript& close() { return run(CloseRoom{}); }
  RoomScript& post(std::string content, std::string client_id = "") {
    gate::ChatMessage message;
    message.room = kRoom;
    message.content = std::move(content);
    message.client_id = std::move(client_id);
    return run(PostMessage{std::move(message), numbered(++messages_)});
  }
  RoomScript& moderate(gate::ChatModerate::Action action, std::string user,
                       std::optional<std::int64_t> duration_ms = {}, bool target_admin = false) {
    gate::ChatModerate wanted;
    wanted.room = kRoom;
    wanted.action = action;
    wanted.target_user = std::move(user);
    wanted.duration_ms = duration_ms;
    return run(Moderate{wanted, {true, target_admin, "Student"}});
  }
  RoomScript& remove(const Uuid& message) {
    gate::ChatModerate wanted;
    wanted.room = kRoom;
    wanted.action = gate::ChatModerate::Action::delete_message;
    wanted.message = message;
    return run(Moderate{wanted, {}});
  }
  RoomScript& run(decltype(RoomCommand::what) what) {
    last = decide(state, {actor_, now_, numbered(0xE0000000U + ++commands_), std::move(what)});
    for (const auto& event : last.events) {
      log.push_back(committed(event, kRoom, log.size() + 1));
      EXPECT_TRUE(evolve(state, log.back())) << event.type << " " << event.payload;
    }
    return *this;
  }

  RoomScript& expect_reply(std::string_view json) {
    EXPECT_FALSE(last.failure) << last.failure->message;
    EXPECT_EQ(boost::json::serialize(last.reply), json);
    return *this;
  }
  RoomScript& expect_refused(std::string_view type, std::string_view message = "") {
    EXPECT_EQ(last.failure ? last.failure->type : "accepted", type);
    if (!message.empty() && last.failure) {
      EXPECT_EQ(last.failure->message, message);
    }
    EXPECT_TRUE(last.events.empty());
    EXPECT_TRUE(last.effects.empty());
    return *this;
  }
  RoomScript& expect_accepted() {
    EXPECT_FALSE(last.failure) << last.failure->type << ": " << last.failure->message;
    return *this;
  }
  RoomScript& expect_events(std::vector<std::string> types) {
    std::vector<std::string> seen;
    for (const auto& event : last.events) seen.push_back(event.type);
    EXPECT_EQ(seen, types);
    return *this;
  }
  RoomScript& expect_effects(std::vector<std::string> lines) {
    EXPECT_EQ(lines_of(last), lines);
    return *this;
  }

  TimeMs now() const { return now_; }

  RoomState state;
  std::vector<events::DomainEvent> log;
  Decision last;

 private:
  TimeMs now_ = kNoon;
  Actor actor_;
  std::uint32_t messages_ = 0;
  std::uint32_t commands_ = 0;
};

// Everything of the state that any decision or answer depends on, in one text.
inline std::string fingerprint(const RoomState& room) {
  std::string text = boost::json::serialize(describe(room, true));
  text += " v" + std::to_string(room.version) + " seq" + std::to_string(room.last_seq);
  std::vector<std::string> parts;
  for (const auto& id : room.deleted) parts.push_back("deleted " + id.to_string());
  for (const auto& [user, sanction] : room.muted) {
    parts.push_back("muted " + user + std::to_string(sanction.until.value_or(-1)));
  }
  for (const auto& [user, sanction] : room.banned) {
    parts.push_back("banned " + user + std::to_string(sanction.until.value_or(-1)));
  }
  std::sort(parts.begin(), parts.end());
  for (const auto& part : parts) text += "\n" + part;
  return text;
}

}  // namespace lectern::classroom
