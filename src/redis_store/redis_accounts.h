#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/account_store.h"
#include "identity/revocations.h"
#include "redis/broker.h"
#include "redis_store/revocation_feed.h"

namespace lectern {
class LogSink;
}

namespace lectern::redis {

struct RedisAccountsOptions {
  Url url;
  std::string prefix;  // of every key and channel
  Timing timing{std::chrono::milliseconds(50), std::chrono::milliseconds(500),
                std::chrono::milliseconds(1000)};
  // No call waits longer for one answer of Redis; the first that does not come ends the call.
  std::chrono::milliseconds answer_within{1500};
};

// Accounts, refresh tokens and revocations in Redis, for one node or several:
// docs/formats/redis-accounts.md has the keys. Any thread but a shard.
//
// Every change is one script, all or nothing of it. While Redis is away changes are `unavailable`
// at once, and within `answer_within` when it does not answer; it recovers by itself. How durable
// a change is, Redis's own configuration says.
class RedisAccounts final : public identity::AccountStore {
 public:
  // `log` may be null; it outlives this. Throws std::runtime_error when TLS cannot be set up.
  RedisAccounts(RedisAccountsOptions options, LogSink* log);
  // close().
  ~RedisAccounts() override;

  // Until Redis answers, at most as long. False: it does not.
  bool wait_until_ready(std::chrono::milliseconds most) const;

  // Once: from now on what any node revokes is in `revocations` within a second, and after a loss
  // of the connection as soon as it is back; first of all everything is read again. `changed` runs
  // after each change, on a thread of the feed's, until unwatch() or close(), which wait for it.
  // `revocations` outlives that.
  void watch(identity::Revocations& revocations, std::function<void()> changed);
  void unwatch();

  // Ends the threads. From then on nothing is found and every change is `unavailable`.
  void close();

  bool readable() const override { return readable_; }

  std::optional<identity::Account> find_account(std::string_view user_id) override;
  std::optional<identity::Account> find_account_by_name(std::string_view name) override;
  std::vector<identity::Account> accounts() override;
  identity::StoreOutcome create_account(const identity::Account& account) override;
  identity::StoreOutcome change_account(std::string_view user_id,
                                        const identity::AccountChange& change, TimeMs now,
                                        identity::Epoch* raised) override;
  identity::StoreOutcome rehash_password(std::string_view user_id, std::string_view hash) override;
  identity::StoreOutcome enable_account(std::string_view user_id) override;

  identity::StoreOutcome add_refresh_token(const identity::RefreshToken& token) override;
  std::optional<identity::RefreshToken> find_refresh_token(std::string_view token_id) override;
  identity::RotationOutcome rotate(std::string_view token_id, std::string_view hash,
                                   const identity::RefreshToken& successor, TimeMs now,
                                   TimeMs grace_ms) override;
  bool family_revoked(std::string_view family) override;
  std::vector<identity::RevokedFamily> revoked_families(TimeMs now) override;

  identity::Epoch epoch(std::string_view user_id) override;
  std::vector<identity::UserEpoch> epochs() override;
  std::optional<identity::Epoch> raise_epoch(std::string_view user_id, TimeMs now) override;

  identity::StoreOutcome revoke_session(const identity::RevokedToken& token,
                                        const identity::RevokedFamily& family) override;
  std::vector<identity::RevokedToken> revoked_tokens(TimeMs now) override;

  std::optional<std::string> secret(std::string_view name) override;
  std::optional<std::string> keep_secret(std::string_view name, std::string_view value) override;

  identity::StoreOutcome remember_address(std::string_view user_id, std::string_view address,
                                          TimeMs now) override;
  std::vector<identity::KnownAddress> known_addresses() override;

  identity::StoreOutcome add_audit(std::span<const identity::AuditEntry> entries) override;
  std::vector<identity::AuditEntry> audit(std::int64_t before, std::size_t limit) override;

  identity::StoreOutcome prune(TimeMs now) override;

 private:
  using Words = std::vector<std::string>;

  std::string key(std::string_view kind, std::string_view id) const;
  std::string key(std::string_view name) const { return prefix_ + std::string(name); }
  // Nothing: no answer in time, or an error.
  std::optional<Reply> ask(Words words);
  // What a script answers; empty: nothing.
  Words run(const std::string& script, Words words);
  identity::StoreOutcome change(const std::string& script, Words words);
  // The user ids of all accounts, a page at a time.
  void for_each_page(const std::function<void(const Words& user_ids)>& visit);
  // The entries (member, score or field, value) of a sorted set or hash.
  std::vector<std::pair<std::string, std::string>> scan(std::string_view command,
                                                        const std::string& key);

  const std::string prefix_;
  const std::chrono::milliseconds answer_within_;
  std::atomic<bool> closed_{false};
  std::atomic<bool> readable_{false};  // the last answer came
  std::atomic<std::uint64_t> failed_asks_{0};
  std::mutex mutex_;  // guards feed_
  std::unique_ptr<RevocationFeed> feed_;
  Broker broker_;
};

}  // namespace lectern::redis
