#include "app/admission.h"

#include <algorithm>
#include <utility>

namespace lectern::app {
namespace {

std::string pair_key(std::string_view account, std::string_view address) {
  std::string key(account);
  std::transform(key.begin(), key.end(), key.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  key += '\n';
  key += address;
  return key;
}

}  // namespace

Admission::Admission(const std::vector<gate::Rule>& rules)
    : global_connections_(gate::find_rule(rules, "global_connections")),
      ip_connections_(gate::find_rule(rules, "ip_connections")),
      failed_logins_(gate::find_rule(rules, "failed_logins")),
      failed_logins_address_(gate::find_rule(rules, "failed_logins_address")),
      join_codes_(gate::find_rule(rules, "join_codes")) {}

void Admission::Counter::replace_rule(const gate::Rule* known) {
  const auto before = std::exchange(rule, known ? *known : gate::Rule{});
  if (rule.window_ms != before.window_ms || rule.max != before.max)
    limiter = gate::Limiter(rule.window_ms, rule.max);
}

void Admission::replace_rules(const std::vector<gate::Rule>& rules) {
  const std::lock_guard lock(mutex_);
  global_connections_.replace_rule(gate::find_rule(rules, "global_connections"));
  ip_connections_.replace_rule(gate::find_rule(rules, "ip_connections"));
  failed_logins_.replace_rule(gate::find_rule(rules, "failed_logins"));
  failed_logins_address_.replace_rule(gate::find_rule(rules, "failed_logins_address"));
  join_codes_.replace_rule(gate::find_rule(rules, "join_codes"));
}

std::optional<gate::LimitRefusal> Admission::peek(Counter& counter, const std::string& key,
                                                  TimeMs now, bool* full) {
  const auto verdict = counter.limiter.peek(key, now);
  if (!verdict.allowed) return gate::refusal_of(counter.rule, verdict);
  const auto under_way = counter.under_way.find(key);
  if (under_way == counter.under_way.end() || verdict.remaining >= under_way->second) {
    return std::nullopt;
  }
  // Those under way may all succeed; asking again in a second costs little.
  if (full) *full = true;
  gate::Verdict wait{false, 0, now + 1000, 1000};
  return gate::refusal_of(counter.rule, wait);
}

void Admission::begin(Counter& counter, const std::string& key) { ++counter.under_way[key]; }

void Admission::end(Counter& counter, const std::string& key, bool failed, TimeMs now) {
  const auto under_way = counter.under_way.find(key);
  if (under_way != counter.under_way.end() && --under_way->second == 0) {
    counter.under_way.erase(under_way);
  }
  if (failed) counter.limiter.record(key, now);
}

std::optional<gate::LimitRefusal> Admission::failed_connection(std::string_view address,
                                                               TimeMs now) {
  const std::lock_guard lock(mutex_);
  const std::string key(address);
  if (auto refusal = peek(ip_connections_, key, now)) return refusal;
  if (auto refusal = peek(global_connections_, "global", now)) return refusal;
  ip_connections_.limiter.record(key, now);
  global_connections_.limiter.record("global", now);
  return std::nullopt;
}

std::optional<gate::LimitRefusal> Admission::begin_login(std::string_view account,
                                                         std::string_view address, TimeMs now,
                                                         bool* full) {
  const std::lock_guard lock(mutex_);
  const auto pair = pair_key(account, address);
  const std::string key(address);
  if (auto refusal = peek(failed_logins_, pair, now, full)) return refusal;
  if (!known_.contains(pair)) {
    if (auto refusal = peek(failed_logins_address_, key, now, full)) return refusal;
  }
  begin(failed_logins_, pair);
  begin(failed_logins_address_, key);
  return std::nullopt;
}

void Admission::end_login(std::string_view account, std::string_view address, LoginEnd how,
                          TimeMs now) {
  const std::lock_guard lock(mutex_);
  const auto pair = pair_key(account, address);
  const bool failed = how == LoginEnd::wrong;
  end(failed_logins_, pair, failed, now);
  end(failed_logins_address_, std::string(address), failed, now);
  if (how != LoginEnd::good) return;
  failed_logins_.limiter.forget(pair);
  if (known_.size() < kMaxKnown) known_.insert(pair);
}

void Admission::know(std::string_view account, std::string_view address) {
  const std::lock_guard lock(mutex_);
  if (known_.size() < kMaxKnown) known_.insert(pair_key(account, address));
}

std::optional<gate::LimitRefusal> Admission::try_join_code(std::string_view address, TimeMs now,
                                                           const std::function<bool()>& is_right) {
  const std::lock_guard lock(mutex_);
  if (auto refusal = peek(join_codes_, std::string(address), now)) return refusal;
  if (!is_right()) join_codes_.limiter.record(address, now);
  return std::nullopt;
}

void Admission::sweep(TimeMs now) {
  const std::lock_guard lock(mutex_);
  for (auto* counter : {&global_connections_, &ip_connections_, &failed_logins_,
                        &failed_logins_address_, &join_codes_}) {
    counter->limiter.sweep(now);
  }
}

std::size_t Admission::keys() const {
  const std::lock_guard lock(mutex_);
  return global_connections_.limiter.keys() + ip_connections_.limiter.keys() +
         failed_logins_.limiter.keys() + failed_logins_address_.limiter.keys() +
         join_codes_.limiter.keys();
}

}  // namespace lectern::app
