#pragma once

#include <stdexcept>
#include <string>

#include "store/data_directory.h"

namespace lectern::store {

// A copy could not be made or put in place; `what()` is one line for the operator.
class CopyError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Writes the state of the database at one moment into a new file (mode 0600), which is complete and
// on disk when this returns and does not exist otherwise. The database may be in use by a server,
// which goes on writing meanwhile. Throws CopyError, also when `target` exists.
void copy_database(const std::string& database, const std::string& target);

// Puts a copy of `source`, which the caller has verified, in the place of the directory's database.
// A crash at any moment leaves the one or the other. What was there is kept beside it: returns that
// file, or "" when there was nothing. Throws CopyError.
std::string replace_database(const DataDirectory& directory, const std::string& source);

}  // namespace lectern::store
