#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace lectern::store {

// Why a data directory cannot be used; `what()` is one line for the operator.
class DirectoryError : public std::runtime_error {
 public:
  enum class Reason {
    in_use,        // another program holds the lock
    not_writable,  // it cannot be created, or files cannot be created in it
  };
  DirectoryError(Reason reason, const std::string& message)
      : std::runtime_error(message), reason_(reason) {}
  Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

// The database in a data directory.
inline std::string database_file(const std::string& directory) { return directory + "/lectern.db"; }

// The directory that holds all state, locked against every other program for the life of this
// object. The lock ends with the program, however it ends.
class DataDirectory {
 public:
  // Creates the directory (mode 0700) and its parents when they are missing. Throws DirectoryError.
  explicit DataDirectory(std::string path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;
  std::string database_file() const { return store::database_file(path_); }

 private:
  std::string path_;
  int lock_ = -1;
};

}  // namespace lectern::store
