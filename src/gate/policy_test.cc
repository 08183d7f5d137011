#include "gate/policy.h"

#include <gtest/gtest.h>

namespace lectern::gate {
namespace {

constexpr TimeMs kNow = 1'700'000'000'000;

TEST(DefaultRules, AreThoseOfTheProtocol) {
  const auto rules = default_rules();
  const auto holds = [&](std::string_view name, Scope scope, std::int64_t window,
                         std::uint32_t max) {
    const auto* rule = find_rule(rules, name);
    return rule != nullptr && rule->scope == scope && rule->window_ms == window && rule->max == max;
  };
  EXPECT_TRUE(holds("global_connections", Scope::global, 60000, 1000));  // L1
  EXPECT_TRUE(holds("ip_connections", Scope::ip, 60000, 10));            // L2
  EXPECT_TRUE(holds("user_messages", Scope::user, 60000, 60));           // L3, V5
  EXPECT_TRUE(holds("room_messages", Scope::room, 60000, 500));          // L4
  EXPECT_TRUE(holds("quiz_answers", Scope::user, 10000, 5));             // L5
  EXPECT_TRUE(holds("quiz_answers_minute", Scope::user, 60000, 30));     // V5
  EXPECT_TRUE(holds("user_actions", Scope::user, 60000, 100));           // V5
  EXPECT_TRUE(holds("failed_logins", Scope::ip, 60000, 10));
  EXPECT_TRUE(holds("failed_logins_address", Scope::ip, 60000, 100));
  EXPECT_TRUE(holds("join_codes", Scope::ip, 60000, 60));
  EXPECT_EQ(find_rule(rules, "none"), nullptr);
}

TEST(ReplaceRule, ReplacesTheWholeRuleOrAddsOne) {
  auto rules = default_rules();
  const auto count = rules.size();
  replace_rule(rules, {"user_messages", Scope::user, 1000, 2, {"chat:message", "ping"}});
  EXPECT_EQ(rules.size(), count);
  EXPECT_EQ(find_rule(rules, "user_messages")->max, 2U);
  replace_rule(rules, {"mine", Scope::room, 1000, 2, {"x"}});
  EXPECT_EQ(rules.size(), count + 1);
}

TEST(ScopeLimits, RefusesTheSixtyFirstMessageOfAMinute) {
  ScopeLimits limits(default_rules(), Scope::user);
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(limits.admit("chat:message", "ann", kNow));
  const auto refusal = limits.admit("chat:message", "ann", kNow + 1);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->rule, "user_messages");
  EXPECT_EQ(refusal->type, "RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(refusal->message, "Rate limit exceeded");
  EXPECT_EQ(refusal->reset_time, kNow + 60'000);
  EXPECT_EQ(refusal->retry_after_ms, 59'999);
  EXPECT_FALSE(limits.admit("user:action", "ann", kNow + 1));
  EXPECT_FALSE(limits.admit("chat:message", "ben", kNow + 1));
}

TEST(ScopeLimits, RulesThatStayTheSameKeepTheirCount) {
  const Rule first{"first", Scope::user, 1000, 2, {"a"}};
  const Rule second{"second", Scope::user, 1000, 2, {"b"}};
  ScopeLimits limits({first, second}, Scope::user);
  for (const char* event : {"a", "a", "b", "b"}) EXPECT_FALSE(limits.admit(event, "ann", kNow));
  auto renamed = first;
  renamed.events = {"c"};
  auto larger = second;
  larger.max = 3;
  limits.replace_rules({larger, renamed, {"elsewhere", Scope::room, 1000, 1, {"b"}}});
  EXPECT_FALSE(limits.admit("a", "ann", kNow)) << "no rule names it any more";
  EXPECT_TRUE(limits.admit("c", "ann", kNow)) << "what the rule counted before";
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limits.admit("b", "ann", kNow)) << "counts anew";
  EXPECT_TRUE(limits.admit("b", "ann", kNow));
  limits.replace_rules({});
  EXPECT_FALSE(limits.admit("b", "ann", kNow));
  EXPECT_EQ(limits.keys(), 0U);
}

// D4
TEST(ScopeLimits, NeverCountsWhatNoRuleNames) {
  ScopeLimits limits(default_rules(), Scope::user);
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(limits.admit("ping", "ann", kNow));
    EXPECT_FALSE(limits.admit("auth:refresh", "ann", kNow));
  }
  EXPECT_EQ(limits.keys(), 0U);
}

// D61: two rules on one event, one answer; what one refuses the other does not count.
TEST(ScopeLimits, AnswersObeyBothOfTheirRules) {
  ScopeLimits limits(default_rules(), Scope::user);
  TimeMs now = kNow;
  int accepted = 0;
  for (int i = 0; i < 600; ++i, now += 100) {
    const auto refusal = limits.admit("quiz:answer", "ann", now);
    if (!refusal) {
      ++accepted;
      continue;
    }
    EXPECT_EQ(refusal->type, "QUIZ_RATE_LIMIT_EXCEEDED");
    EXPECT_EQ(refusal->message, "Too many quiz answers submitted");
  }
  EXPECT_EQ(accepted, 30);
}

// D63
TEST(ScopeLimits, OneUserGetsHalfOfARoom) {
  ScopeLimits limits(default_rules(), Scope::room);
  for (int i = 0; i < 250; ++i) {
    EXPECT_FALSE(limits.admit_in_room("chat:message", "room", "loud", kNow));
  }
  const auto refusal = limits.admit_in_room("chat:message", "room", "loud", kNow);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->rule, "room_messages");
  EXPECT_EQ(refusal->type, "ROOM_RATE_LIMIT_EXCEEDED");
  EXPECT_EQ(refusal->message, "Room message limit exceeded");
  for (int i = 0; i < 250; ++i) {
    EXPECT_FALSE(limits.admit_in_room("chat:message", "room", "other" + std::to_string(i), kNow));
  }
  EXPECT_TRUE(limits.admit_in_room("chat:message", "room", "late", kNow));
  EXPECT_FALSE(limits.admit_in_room("chat:message", "elsewhere", "loud", kNow));
  limits.sweep(kNow + 60'000);
  EXPECT_EQ(limits.keys(), 0U);
}

TEST(Scope, HasTheNamesOfTheConfiguration) {
  EXPECT_EQ(scope("room"), Scope::room);
  EXPECT_EQ(name_of(Scope::ip), "ip");
  EXPECT_EQ(scope("rooms"), std::nullopt);
}

}  // namespace
}  // namespace lectern::gate
