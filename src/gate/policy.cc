#include "gate/policy.h"

#include <algorithm>
#include <utility>

namespace lectern::gate {
namespace {

constexpr std::pair<Scope, std::string_view> kScopes[] = {
    {Scope::global, "global"}, {Scope::ip, "ip"}, {Scope::user, "user"}, {Scope::room, "room"}};

// Room first: its length is fixed, so no two pairs give the same key.
std::string share_key_of(std::string_view room, std::string_view user) {
  std::string key;
  key.reserve(room.size() + 1 + user.size());
  key += room;
  key += '\n';
  key += user;
  return key;
}

bool counts(const Rule& rule, std::string_view event) {
  return std::find(rule.events.begin(), rule.events.end(), event) != rule.events.end();
}

}  // namespace

std::string_view name_of(Scope scope) {
  for (const auto& [value, name] : kScopes) {
    if (value == scope) return name;
  }
  return {};
}

std::optional<Scope> scope(std::string_view name) {
  for (const auto& [value, known] : kScopes) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::vector<Rule> default_rules() {
  return {
      {"global_connections", Scope::global, 60000, 1000, {}},
      {"ip_connections", Scope::ip, 60000, 10, {}},
      {"user_messages", Scope::user, 60000, 60, {"chat:message"}},
      {"user_actions", Scope::user, 60000, 100, {"user:action"}},
      {"quiz_answers", Scope::user, 10000, 5, {"quiz:answer"}},
      {"quiz_answers_minute", Scope::user, 60000, 30, {"quiz:answer"}},
      {"room_messages", Scope::room, 60000, 500, {"chat:message"}},
      {"failed_logins", Scope::ip, 60000, 10, {}},
      {"failed_logins_address", Scope::ip, 60000, 100, {}},
      {"join_codes", Scope::ip, 60000, 60, {}},
  };
}

void replace_rule(std::vector<Rule>& rules, Rule rule) {
  for (auto& existing : rules) {
    if (existing.name == rule.name) {
      existing = std::move(rule);
      return;
    }
  }
  rules.push_back(std::move(rule));
}

const Rule* find_rule(const std::vector<Rule>& rules, std::string_view name) {
  const auto found =
      std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

LimitRefusal refusal_of(const Rule& rule, const Verdict& verdict) {
  LimitRefusal refusal{rule.name, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded", verdict.reset_time,
                       verdict.retry_after_ms};
  if (rule.scope == Scope::room) {
    refusal.type = "ROOM_RATE_LIMIT_EXCEEDED";
    refusal.message = "Room message limit exceeded";
  } else if (rule.name.starts_with("quiz_answers")) {
    refusal.type = "QUIZ_RATE_LIMIT_EXCEEDED";
    refusal.message = "Too many quiz answers submitted";
  }
  return refusal;
}

ScopeLimits::ScopeLimits(const std::vector<Rule>& rules, Scope scope) : scope_(scope) {
  replace_rules(rules);
}

void ScopeLimits::replace_rules(const std::vector<Rule>& rules) {
  auto before = std::exchange(entries_, {});
  for (const auto& rule : rules) {
    if (rule.scope != scope_ || rule.max == 0 || rule.events.empty()) continue;
    const auto same = std::find_if(before.begin(), before.end(), [&](const Entry& entry) {
      return entry.rule.name == rule.name && entry.rule.window_ms == rule.window_ms &&
             entry.rule.max == rule.max;
    });
    if (same != before.end()) {
      same->rule.events = rule.events;
      entries_.push_back(std::move(*same));
      before.erase(same);
      continue;
    }
    const auto half = std::max<std::uint32_t>(rule.max / 2, 1);
    entries_.push_back({rule, Limiter(rule.window_ms, rule.max), Limiter(rule.window_ms, half)});
  }
}

std::optional<LimitRefusal> ScopeLimits::admit(std::string_view event, std::string_view key,
                                               TimeMs now) {
  auto refused = refusal(event, key, now);
  if (!refused) count(event, key, now);
  return refused;
}

std::optional<LimitRefusal> ScopeLimits::admit_in_room(std::string_view event,
                                                       std::string_view room, std::string_view user,
                                                       TimeMs now) {
  auto refused = refusal_in_room(event, room, user, now);
  if (!refused) count_in_room(event, room, user, now);
  return refused;
}

std::optional<LimitRefusal> ScopeLimits::refusal(std::string_view event, std::string_view key,
                                                 TimeMs now) {
  return refusal(event, key, {}, now);
}

std::optional<LimitRefusal> ScopeLimits::refusal_in_room(std::string_view event,
                                                         std::string_view room,
                                                         std::string_view user, TimeMs now) {
  return refusal(event, room, share_key_of(room, user), now);
}

void ScopeLimits::count(std::string_view event, std::string_view key, TimeMs now) {
  count(event, key, {}, now);
}

void ScopeLimits::count_in_room(std::string_view event, std::string_view room,
                                std::string_view user, TimeMs now) {
  count(event, room, share_key_of(room, user), now);
}

std::optional<LimitRefusal> ScopeLimits::refusal(std::string_view event, std::string_view key,
                                                 std::string_view share_key, TimeMs now) {
  std::optional<LimitRefusal> longest;
  const auto consider = [&](const Entry& entry, const Verdict& verdict) {
    if (verdict.allowed || (longest && longest->reset_time >= verdict.reset_time)) return;
    longest = refusal_of(entry.rule, verdict);
  };
  for (auto& entry : entries_) {
    if (!counts(entry.rule, event)) continue;
    consider(entry, entry.limiter.peek(key, now));
    if (!share_key.empty()) consider(entry, entry.share.peek(share_key, now));
  }
  return longest;
}

void ScopeLimits::count(std::string_view event, std::string_view key, std::string_view share_key,
                        TimeMs now) {
  for (auto& entry : entries_) {
    if (!counts(entry.rule, event)) continue;
    entry.limiter.record(key, now);
    if (!share_key.empty()) entry.share.record(share_key, now);
  }
}

void ScopeLimits::sweep(TimeMs now) {
  for (auto& entry : entries_) {
    entry.limiter.sweep(now);
    entry.share.sweep(now);
  }
}

std::size_t ScopeLimits::keys() const {
  std::size_t keys = 0;
  for (const auto& entry : entries_) keys += entry.limiter.keys() + entry.share.keys();
  return keys;
}

}  // namespace lectern::gate
