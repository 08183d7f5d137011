#include "store/refresh_rows.h"

#include <algorithm>

namespace lectern::store {
namespace {

using identity::RefreshToken;
using identity::RotationOutcome;

struct Row {
  RefreshToken token;
  bool used = false;
  TimeMs used_at = 0;
  bool family_revoked = false;
  bool user_revoked = false;  // the user's epoch was raised since the token was issued
  bool successor_used = false;
};

bool find(Database& database, std::string_view token_id, Row& row) {
  Statement statement(
      database,
      "SELECT t.user_id, t.family, t.hash, t.epoch, t.expires_at, t.used_at, "
      "EXISTS (SELECT 1 FROM revoked_families WHERE family = t.family), "
      "EXISTS (SELECT 1 FROM user_epochs WHERE user_id = t.user_id AND epoch > t.epoch), "
      "EXISTS (SELECT 1 FROM refresh_tokens WHERE token_id = t.successor AND used_at IS NOT NULL) "
      "FROM refresh_tokens t WHERE t.token_id = ?");
  Query query = statement(token_id);
  if (!query.next()) return false;
  row.token = {std::string(token_id),     query.text(0),   query.text(1), query.text(2),
               query.unsigned_integer(3), query.integer(4)};
  row.used = !query.is_null(5);
  row.used_at = query.integer(5);
  row.family_revoked = query.integer(6) != 0;
  row.user_revoked = query.integer(7) != 0;
  row.successor_used = query.integer(8) != 0;
  return true;
}

// Takes as long for every difference, so that time tells nothing about the hash.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  }
  return difference == 0;
}

TimeMs last_expiry(Database& database, std::string_view family) {
  Statement statement(database, "SELECT max(expires_at) FROM refresh_tokens WHERE family = ?");
  Query query = statement(family);
  return query.next() ? query.integer(0) : 0;
}

}  // namespace

void insert_refresh_token(Database& database, const RefreshToken& token) {
  Statement insert(database,
                   "INSERT INTO refresh_tokens (token_id, user_id, family, hash, epoch, expires_at)"
                   " VALUES (?, ?, ?, ?, ?, ?)");
  insert(token.token_id, token.user_id, token.family, Blob{token.hash}, token.epoch,
         token.expires_at)
      .run();
}

RotationOutcome rotate_refresh_token(Database& database, std::string_view token_id,
                                     std::string_view hash, const RefreshToken& successor,
                                     TimeMs now, TimeMs grace_ms) {
  Row row;
  if (!find(database, token_id, row) || !same(row.token.hash, hash) ||
      row.token.expires_at <= now) {
    return RotationOutcome::unknown;
  }
  if (row.family_revoked || row.user_revoked) return RotationOutcome::revoked;
  if (row.used) {
    if (!row.successor_used && now - row.used_at <= grace_ms) return RotationOutcome::repeated;
    revoke_refresh_family(database, row.token.family, last_expiry(database, row.token.family));
    return RotationOutcome::family_revoked;
  }
  Statement use(database,
                "UPDATE refresh_tokens SET used_at = ?, successor = ? WHERE token_id = ?");
  use(now, successor.token_id, token_id).run();
  insert_refresh_token(database, successor);
  return RotationOutcome::rotated;
}

void revoke_refresh_family(Database& database, std::string_view family, TimeMs expires_at) {
  Statement insert(database,
                   "INSERT INTO revoked_families VALUES (?, ?) ON CONFLICT (family) "
                   "DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)");
  insert(family, expires_at).run();
}

}  // namespace lectern::store
