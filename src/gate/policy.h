#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "gate/limiter.h"

namespace lectern::gate {

// Whose requests a rule counts together.
enum class Scope { global, ip, user, room };

std::string_view name_of(Scope scope);  // "global", "ip", "user", "room"
std::optional<Scope> scope(std::string_view name);

struct Rule {
  std::string name;
  Scope scope = Scope::user;
  std::int64_t window_ms = 60000;
  std::uint32_t max = 0;            // 0: switched off
  std::vector<std::string> events;  // names of the events it counts; connections and logins: none
};

// The built-in rules (docs/protocol.md, "Limits"; L1–L5, V5), in this order: global_connections
// ip_connections user_messages user_actions quiz_answers quiz_answers_minute room_messages
// failed_logins failed_logins_address join_codes.
std::vector<Rule> default_rules();

// `rules` with `rule` in the place of the one of that name, or added.
void replace_rule(std::vector<Rule>& rules, Rule rule);

const Rule* find_rule(const std::vector<Rule>& rules, std::string_view name);

// What a refused sender is told. L9, L10.
struct LimitRefusal {
  std::string rule;
  std::string type;     // "RATE_LIMIT_EXCEEDED"
  std::string message;  // "Rate limit exceeded"
  TimeMs reset_time = 0;
  std::int64_t retry_after_ms = 0;
};

LimitRefusal refusal_of(const Rule& rule, const Verdict& verdict);

// The limits of one scope on event names, with their state for the keys that this owner holds
// (users at their home shard, rooms at their owner). Pure; one thread.
class ScopeLimits {
 public:
  // Keeps the rules of `scope` that name events and are switched on.
  ScopeLimits(const std::vector<Rule>& rules, Scope scope);

  // The same as constructing it with these rules, except that a rule whose window and maximum are
  // the same as before keeps what it has counted.
  void replace_rules(const std::vector<Rule>& rules);

  // What admit() would refuse, and what it would count; for who asks several limits at once.
  std::optional<LimitRefusal> refusal(std::string_view event, std::string_view key, TimeMs now);
  std::optional<LimitRefusal> refusal_in_room(std::string_view event, std::string_view room,
                                              std::string_view user, TimeMs now);
  void count(std::string_view event, std::string_view key, TimeMs now);
  void count_in_room(std::string_view event, std::string_view room, std::string_view user,
                     TimeMs now);

  // Counts one event under every rule that names it, or under none of them and tells the rule
  // that stands in the way longest. `key` is the user id, the room id or the address.
  std::optional<LimitRefusal> admit(std::string_view event, std::string_view key, TimeMs now);

  // The same for a room, where one user gets at most half of a rule's maximum (D63).
  std::optional<LimitRefusal> admit_in_room(std::string_view event, std::string_view room,
                                            std::string_view user, TimeMs now);

  void sweep(TimeMs now);  // about once a minute; see Limiter::sweep()
  std::size_t keys() const;

 private:
  struct Entry {
    Rule rule;
    Limiter limiter;
    Limiter share;  // by room and user together
  };

  std::optional<LimitRefusal> refusal(std::string_view event, std::string_view key,
                                      std::string_view share_key, TimeMs now);
  void count(std::string_view event, std::string_view key, std::string_view share_key, TimeMs now);

  Scope scope_;
  std::vector<Entry> entries_;
};

}  // namespace lectern::gate
