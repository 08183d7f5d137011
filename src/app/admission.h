#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gate/limiter.h"
#include "gate/policy.h"

namespace lectern::app {

// The limits on those who have not shown who they are: failed connections, failed logins, wrong
// join codes. Any thread; a lock is fine because messages do not come here. `address` is what
// limit_key_of() gives.
//
// Failures are counted when they have happened, and attempts under way are held against what is
// left, so that attempts in parallel do not get more than one after the other would (D60).
class Admission {
 public:
  explicit Admission(const std::vector<gate::Rule>& rules);

  // A connection without a valid token: counts it, or says that it is refused for that. L1, L2.
  std::optional<gate::LimitRefusal> failed_connection(std::string_view address, TimeMs now);

  enum class LoginEnd { good, wrong, undecided };

  // Asks before a password is checked; after nullopt exactly one end_login() follows. `*full` is
  // true when the refusal comes from attempts under way alone, none of which may have failed: then
  // it is worth waiting for one of them.
  std::optional<gate::LimitRefusal> begin_login(std::string_view account, std::string_view address,
                                                TimeMs now, bool* full = nullptr);
  // From an address where the account signed in before, failures of others at that address do not
  // lock it out.
  void end_login(std::string_view account, std::string_view address, LoginEnd how, TimeMs now);

  // The account signed in from there, before this program started.
  void know(std::string_view account, std::string_view address);

  // Lets `is_right` look a join code up unless too many were wrong, and counts it when it is. In
  // one step, so that guesses at the same time do not get more than one after the other (D60).
  std::optional<gate::LimitRefusal> try_join_code(std::string_view address, TimeMs now,
                                                  const std::function<bool()>& is_right);

  // A rule keeps what it has counted unless its window or maximum is another now.
  void replace_rules(const std::vector<gate::Rule>& rules);

  void sweep(TimeMs now);  // about once a minute
  std::size_t keys() const;

 private:
  static constexpr std::size_t kMaxKnown = 100'000;

  struct Counter {
    explicit Counter(const gate::Rule* known)
        : rule(known ? *known : gate::Rule{}), limiter(rule.window_ms, rule.max) {}
    void replace_rule(const gate::Rule* known);

    gate::Rule rule;  // switched off when the configuration has none
    gate::Limiter limiter;
    std::unordered_map<std::string, std::uint32_t> under_way;
  };

  // The refusal when no further attempt fits beside those under way.
  static std::optional<gate::LimitRefusal> peek(Counter& counter, const std::string& key,
                                                TimeMs now, bool* full = nullptr);
  static void begin(Counter& counter, const std::string& key);
  static void end(Counter& counter, const std::string& key, bool failed, TimeMs now);

  mutable std::mutex mutex_;  // guards all that follows
  Counter global_connections_;
  Counter ip_connections_;
  Counter failed_logins_;
  Counter failed_logins_address_;
  Counter join_codes_;
  std::unordered_set<std::string> known_;  // account and address that signed in
};

}  // namespace lectern::app
