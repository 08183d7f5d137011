#pragma once

#include <cstddef>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/time.h"
#include "identity/account_store.h"
#include "identity/token.h"

namespace lectern::identity {

// Which tokens are dead, in memory: looked at in every handshake and request, so it never waits for
// the store. It is a view of the store: write there first, then here. Any thread; a shared_mutex is
// fine because messages on a live connection do not come here, a change closes connections instead.
class Revocations {
 public:
  // Takes everything from the store, at start and when changes may have been missed.
  void load(AccountStore& store, TimeMs now);

  // OK, or AuthErrc::token_revoked.
  [[nodiscard]] Result<void> check(const AccessClaims& claims, TimeMs now) const;

  void set_epoch(std::string_view user_id, Epoch epoch);  // never lowers it
  void add_token(const RevokedToken& token);
  void add_family(std::string_view family, TimeMs expires_at);
  void set_disabled(std::string_view user_id, bool disabled);

  void prune(TimeMs now);  // forgets what has expired; about once a minute
  std::size_t size() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class T>
  using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  mutable std::shared_mutex mutex_;  // guards all that follows
  Map<Epoch> epochs_;
  Map<TimeMs> tokens_;    // by jti, until
  Map<TimeMs> families_;  // until
  std::unordered_set<std::string, Hash, std::equal_to<>> disabled_;
};

}  // namespace lectern::identity
