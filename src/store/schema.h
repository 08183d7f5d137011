#pragma once

#include "store/database.h"

namespace lectern::store {

// The version of the tables that this program reads and writes.
inline constexpr int kFormat = 3;

// The format of a database; 0: it has no tables of ours. Throws DatabaseError.
int format_of(Database& database);

// Makes a connection the store's writing one: WAL, every commit synced, no checkpoint inside a
// commit; then creates the tables, or brings those of an older format up to this one, or checks
// that their format is known. Throws DatabaseError: with a newer format the message says so, and
// nothing was changed.
void prepare_for_writing(Database& database, const std::string& file);

}  // namespace lectern::store
