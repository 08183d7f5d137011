#pragma once

#include <string>

// The scripts of RedisAccounts: what Redis does in one step, with nobody else in between. They take
// no KEYS but make the names themselves, because most follow from what they read; ARGV[1] is
// `redis.prefix`, and what follows it stands below. docs/formats/redis-accounts.md says what the
// keys hold. Each answers an array of strings, of which the first says what became of it.
namespace lectern::redis::scripts {

// user id, lower-case name, name, role, password hash, disabled, created at: done, taken.
extern const std::string kCreateAccount;
// user id, field or "remove", value, now: not_found; done, epoch, now.
extern const std::string kChangeAccount;
// user id, field, value: done, not_found.
extern const std::string kSetField;
// user ids: done, then for each that there is its id, name, role, password hash, disabled,
// created at.
extern const std::string kReadAccounts;

// A token: id, user id, family, hash, epoch, expires at. Answers done, exists.
extern const std::string kAddToken;
// token id, hash, now, grace, a token: the name of a RotationOutcome.
extern const std::string kRotate;

// user id, now: done, epoch, now.
extern const std::string kRaiseEpoch;
// jti, expires at, family or "", expires at: done.
extern const std::string kRevokeSession;
// now: done.
extern const std::string kPrune;

// user id, address, now, how many are kept: done.
extern const std::string kRememberAddress;
// user ids: done, then for each address the account's name, and it.
extern const std::string kReadAddresses;

// how many lines are kept, how many failures; for each line at, type, actor, subject, address,
// detail: done.
extern const std::string kAddAudit;

}  // namespace lectern::redis::scripts
