#pragma once

#include <string_view>

#include "identity/account_store.h"
#include "store/database.h"

namespace lectern::store {

// Changes of the table `refresh_tokens`, made inside a transaction of the writer thread, where
// nothing else writes between a check and what follows from it. Throw DatabaseError.
//
//   issued --rotate--> used (used_at, successor) --rotate again--> used, or its family is revoked

void insert_refresh_token(Database& database, const identity::RefreshToken& token);

// As identity::AccountStore::rotate() says.
identity::RotationOutcome rotate_refresh_token(Database& database, std::string_view token_id,
                                               std::string_view hash,
                                               const identity::RefreshToken& successor, TimeMs now,
                                               TimeMs grace_ms);

// Remembered until `expires_at`, when the last token of the family has expired.
void revoke_refresh_family(Database& database, std::string_view family, TimeMs expires_at);

}  // namespace lectern::store
