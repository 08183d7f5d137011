#include "redis_store/redis_accounts.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <thread>
#include <utility>

#include "redis_store/account_scripts.h"
#include "redis_store/ask.h"

namespace lectern::redis {
namespace {

using identity::Account;
using identity::AccountStore;
using identity::AuditEntry;
using identity::Epoch;
using identity::RefreshToken;
using identity::RotationOutcome;
using identity::StoreOutcome;

constexpr std::size_t kPage = 500;        // accounts, or lines of the audit trail, in one answer
constexpr const char* kScanned = "1000";  // members that one step of a scan looks at
constexpr std::chrono::milliseconds kLook{10};

TimeMs wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

// 0 for what is no number: nobody but us writes these fields.
std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Epoch epoch_of(std::string_view text) {
  const auto space = std::min(text.find(' '), text.size());
  return {static_cast<std::uint64_t>(number_of(text.substr(0, space))),
          number_of(text.substr(std::min(space + 1, text.size())))};
}

Account account_of(const std::vector<std::string>& words, std::size_t at) {
  return {words[at],     words[at + 1],        words[at + 2],
          words[at + 3], words[at + 4] == "1", number_of(words[at + 5])};
}

void append_token(std::vector<std::string>& words, const RefreshToken& token) {
  words.insert(words.end(), {token.token_id, token.user_id, token.family, token.hash,
                             std::to_string(token.epoch), std::to_string(token.expires_at)});
}

StoreOutcome outcome_of(const std::vector<std::string>& answer) {
  if (answer.empty()) return StoreOutcome::unavailable;
  if (answer[0] == "done") return StoreOutcome::done;
  if (answer[0] == "taken") return StoreOutcome::name_taken;
  return answer[0] == "not_found" ? StoreOutcome::not_found : StoreOutcome::unavailable;
}

AuditEntry audit_of(const Reply& item) {
  AuditEntry entry;
  if (item.items.size() != 2) return entry;
  entry.id = number_of(item.items[0].text);  // up to the "-0"
  const auto& fields = item.items[1].items;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto& value = fields[i + 1].text;
    if (fields[i].text == "at") entry.at = number_of(value);
    if (fields[i].text == "type") entry.type = value;
    if (fields[i].text == "actor") entry.actor = value;
    if (fields[i].text == "subject") entry.subject = value;
    if (fields[i].text == "address") entry.address = value;
    if (fields[i].text == "detail") entry.detail = value;
  }
  return entry;
}

}  // namespace

RedisAccounts::RedisAccounts(RedisAccountsOptions options, LogSink* log)
    : prefix_(std::move(options.prefix)),
      answer_within_(options.answer_within),
      broker_(std::move(options.url), log, options.timing) {
  broker_.subscriber().subscribe(key("revocations"), [this](std::string_view, auto word) {
    const std::lock_guard lock(mutex_);
    if (feed_) feed_->hear(word);
  });
  broker_.on_available([this] {
    const std::lock_guard lock(mutex_);
    if (feed_) feed_->hear_gap();
  });
  broker_.start();
}

RedisAccounts::~RedisAccounts() { close(); }

void RedisAccounts::close() {
  if (closed_.exchange(true)) return;
  unwatch();
  broker_.stop();
}

void RedisAccounts::unwatch() {
  std::unique_ptr<RevocationFeed> ended;
  {
    const std::lock_guard lock(mutex_);
    ended = std::move(feed_);
  }
  ended.reset();  // without the lock: its last words may ask for it
}

bool RedisAccounts::wait_until_ready(std::chrono::milliseconds most) const {
  for (const auto end = SteadyClock::now() + most; !broker_.available();) {
    if (SteadyClock::now() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

void RedisAccounts::watch(identity::Revocations& revocations, std::function<void()> changed) {
  auto load = [this, &revocations] {
    const auto failures = failed_asks_.load();
    revocations.load(*this, wall_clock());
    return failures == failed_asks_;
  };
  const std::lock_guard lock(mutex_);
  feed_ = std::make_unique<RevocationFeed>(revocations, std::move(load), std::move(changed));
  feed_->hear_gap();
}

std::string RedisAccounts::key(std::string_view kind, std::string_view id) const {
  std::string name = prefix_;
  name += kind;
  name += ':';
  name += id;
  return name;
}

std::optional<Reply> RedisAccounts::ask(Words words) {
  auto reply = closed_ ? std::nullopt : redis::ask(broker_, std::move(words), answer_within_);
  if (reply && reply->kind == Reply::Kind::error) reply.reset();
  readable_ = reply.has_value();
  if (!reply) ++failed_asks_;
  return reply;
}

RedisAccounts::Words RedisAccounts::run(const std::string& script, Words words) {
  words.insert(words.begin(), {"EVAL", script, "0", prefix_});
  const auto reply = ask(std::move(words));
  Words answer;
  if (!reply) return answer;
  for (const auto& item : reply->items) answer.push_back(item.text);
  return answer;
}

StoreOutcome RedisAccounts::change(const std::string& script, Words words) {
  return outcome_of(run(script, std::move(words)));
}

std::vector<std::pair<std::string, std::string>> RedisAccounts::scan(std::string_view command,
                                                                     const std::string& key) {
  std::map<std::string, std::string> found;  // a scan may tell something twice
  std::string cursor = "0";
  do {
    const auto reply = ask({std::string(command), key, cursor, "COUNT", kScanned});
    if (!reply || reply->items.size() != 2) return {};
    cursor = reply->items[0].text;
    const auto& items = reply->items[1].items;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) found[items[i].text] = items[i + 1].text;
  } while (cursor != "0");
  return {found.begin(), found.end()};
}

void RedisAccounts::for_each_page(const std::function<void(const Words& user_ids)>& visit) {
  Words page;
  for (auto& [name, user_id] : scan("HSCAN", key("account_names"))) {
    page.push_back(std::move(user_id));
    if (page.size() == kPage) visit(std::exchange(page, {}));
  }
  if (!page.empty()) visit(page);
}

std::optional<Account> RedisAccounts::find_account(std::string_view user_id) {
  const auto answer = run(scripts::kReadAccounts, {std::string(user_id)});
  if (answer.size() < 7) return std::nullopt;
  return account_of(answer, 1);
}

std::optional<Account> RedisAccounts::find_account_by_name(std::string_view name) {
  const auto user_id = ask({"HGET", key("account_names"), lower_case(name)});
  if (!user_id || user_id->kind != Reply::Kind::bytes) return std::nullopt;
  return find_account(user_id->text);
}

std::vector<Account> RedisAccounts::accounts() {
  std::vector<Account> found;
  for_each_page([&](const Words& user_ids) {
    const auto answer = run(scripts::kReadAccounts, user_ids);
    for (std::size_t i = 1; i + 5 < answer.size(); i += 6) found.push_back(account_of(answer, i));
  });
  std::sort(found.begin(), found.end(), [](const Account& a, const Account& b) {
    return lower_case(a.name) < lower_case(b.name);
  });
  return found;
}

StoreOutcome RedisAccounts::create_account(const Account& account) {
  return change(
      scripts::kCreateAccount,
      {account.user_id, lower_case(account.name), account.name, account.role, account.password_hash,
       account.disabled ? "1" : "0", std::to_string(account.created_at)});
}

StoreOutcome RedisAccounts::change_account(std::string_view user_id,
                                           const identity::AccountChange& change, TimeMs now,
                                           Epoch* raised) {
  const auto field_and_value = [&]() -> std::pair<std::string, std::string> {
    switch (change.kind) {
      case identity::AccountChange::Kind::password: return {"password_hash", change.value};
      case identity::AccountChange::Kind::role: return {"role", change.value};
      case identity::AccountChange::Kind::disable: return {"disabled", "1"};
      case identity::AccountChange::Kind::remove: break;
    }
    return {"remove", ""};
  };
  const auto [field, value] = field_and_value();
  const auto answer =
      run(scripts::kChangeAccount, {std::string(user_id), field, value, std::to_string(now)});
  const auto outcome = outcome_of(answer);
  if (outcome == StoreOutcome::done && answer.size() == 3) {
    *raised = {static_cast<std::uint64_t>(number_of(answer[1])), number_of(answer[2])};
  }
  return outcome;
}

StoreOutcome RedisAccounts::rehash_password(std::string_view user_id, std::string_view hash) {
  return change(scripts::kSetField, {std::string(user_id), "password_hash", std::string(hash)});
}

StoreOutcome RedisAccounts::enable_account(std::string_view user_id) {
  return change(scripts::kSetField, {std::string(user_id), "disabled", "0"});
}

StoreOutcome RedisAccounts::add_refresh_token(const RefreshToken& token) {
  Words words;
  append_token(words, token);
  return change(scripts::kAddToken, std::move(words));
}

std::optional<RefreshToken> RedisAccounts::find_refresh_token(std::string_view token_id) {
  const auto reply =
      ask({"HMGET", key("refresh_token", token_id), "user", "family", "hash", "epoch", "expires"});
  if (!reply || reply->items.size() != 5 || reply->items[0].kind == Reply::Kind::nil) {
    return std::nullopt;
  }
  const auto& row = reply->items;
  return RefreshToken{std::string(token_id),
                      row[0].text,
                      row[1].text,
                      row[2].text,
                      static_cast<std::uint64_t>(number_of(row[3].text)),
                      number_of(row[4].text)};
}

RotationOutcome RedisAccounts::rotate(std::string_view token_id, std::string_view hash,
                                      const RefreshToken& successor, TimeMs now, TimeMs grace_ms) {
  Words words = {std::string(token_id), std::string(hash), std::to_string(now),
                 std::to_string(grace_ms)};
  append_token(words, successor);
  const auto answer = run(scripts::kRotate, std::move(words));
  if (answer.empty()) return RotationOutcome::unavailable;
  if (answer[0] == "rotated") return RotationOutcome::rotated;
  if (answer[0] == "unknown") return RotationOutcome::unknown;
  if (answer[0] == "revoked") return RotationOutcome::revoked;
  if (answer[0] == "repeated") return RotationOutcome::repeated;
  return answer[0] == "family_revoked" ? RotationOutcome::family_revoked
                                       : RotationOutcome::unavailable;
}

bool RedisAccounts::family_revoked(std::string_view family) {
  const auto reply = ask({"ZSCORE", key("revoked_families"), std::string(family)});
  return reply && reply->kind == Reply::Kind::bytes;
}

std::vector<identity::RevokedFamily> RedisAccounts::revoked_families(TimeMs now) {
  std::vector<identity::RevokedFamily> found;
  for (auto& [family, until] : scan("ZSCAN", key("revoked_families"))) {
    if (number_of(until) > now) found.push_back({std::move(family), number_of(until)});
  }
  return found;
}

Epoch RedisAccounts::epoch(std::string_view user_id) {
  const auto reply = ask({"HGET", key("user_epochs"), std::string(user_id)});
  return reply ? epoch_of(reply->text) : Epoch{};
}

std::vector<identity::UserEpoch> RedisAccounts::epochs() {
  std::vector<identity::UserEpoch> found;
  for (auto& [user_id, epoch] : scan("HSCAN", key("user_epochs"))) {
    found.push_back({std::move(user_id), epoch_of(epoch)});
  }
  return found;
}

std::optional<Epoch> RedisAccounts::raise_epoch(std::string_view user_id, TimeMs now) {
  const auto answer = run(scripts::kRaiseEpoch, {std::string(user_id), std::to_string(now)});
  if (answer.size() != 3) return std::nullopt;
  return Epoch{static_cast<std::uint64_t>(number_of(answer[1])), number_of(answer[2])};
}

StoreOutcome RedisAccounts::revoke_session(const identity::RevokedToken& token,
                                           const identity::RevokedFamily& family) {
  return change(scripts::kRevokeSession, {token.jti, std::to_string(token.expires_at),
                                          family.family, std::to_string(family.expires_at)});
}

std::vector<identity::RevokedToken> RedisAccounts::revoked_tokens(TimeMs now) {
  std::vector<identity::RevokedToken> found;
  for (auto& [jti, until] : scan("ZSCAN", key("blacklist"))) {
    if (number_of(until) > now) found.push_back({std::move(jti), number_of(until)});
  }
  return found;
}

std::optional<std::string> RedisAccounts::secret(std::string_view name) {
  auto reply = ask({"HGET", key("secrets"), std::string(name)});
  if (!reply || reply->kind != Reply::Kind::bytes) return std::nullopt;
  return std::move(reply->text);
}

std::optional<std::string> RedisAccounts::keep_secret(std::string_view name,
                                                      std::string_view value) {
  if (!ask({"HSETNX", key("secrets"), std::string(name), std::string(value)})) return std::nullopt;
  return secret(name);
}

StoreOutcome RedisAccounts::remember_address(std::string_view user_id, std::string_view address,
                                             TimeMs now) {
  return change(scripts::kRememberAddress, {std::string(user_id), std::string(address),
                                            std::to_string(now), std::to_string(kMaxAddresses)});
}

std::vector<identity::KnownAddress> RedisAccounts::known_addresses() {
  std::vector<identity::KnownAddress> found;
  for_each_page([&](const Words& user_ids) {
    auto answer = run(scripts::kReadAddresses, user_ids);
    for (std::size_t i = 1; i + 1 < answer.size(); i += 2) {
      found.push_back({std::move(answer[i]), std::move(answer[i + 1])});
    }
  });
  return found;
}

StoreOutcome RedisAccounts::add_audit(std::span<const AuditEntry> entries) {
  while (!entries.empty()) {
    Words words = {std::to_string(kMaxAudit), std::to_string(kMaxAuditFailures)};
    const auto page = entries.first(std::min(entries.size(), kPage));
    for (const auto& entry : page) {
      words.insert(words.end(), {std::to_string(entry.at), entry.type, entry.actor, entry.subject,
                                 entry.address, entry.detail});
    }
    const auto outcome = change(scripts::kAddAudit, std::move(words));
    if (outcome != StoreOutcome::done) return outcome;
    entries = entries.subspan(page.size());
  }
  return StoreOutcome::done;
}

std::vector<AuditEntry> RedisAccounts::audit(std::int64_t before, std::size_t limit) {
  std::vector<AuditEntry> found;
  while (found.size() < limit && before > 0) {
    const auto count = std::min(kPage, limit - found.size());
    const auto reply = ask({"XREVRANGE", key("audit"), std::to_string(before - 1) + "-0", "-",
                            "COUNT", std::to_string(count)});
    if (!reply || reply->items.empty()) break;
    for (const auto& item : reply->items) found.push_back(audit_of(item));
    before = found.back().id;
  }
  return found;
}

StoreOutcome RedisAccounts::prune(TimeMs now) {
  return change(scripts::kPrune, {std::to_string(now)});
}

}  // namespace lectern::redis
