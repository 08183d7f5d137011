#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/uuid.h"

struct sqlite3;
struct sqlite3_stmt;

namespace lectern::store {

// SQLite refused. `code` is its extended result code. Thrown to the constructor's caller when a
// store cannot be opened; at run time it never leaves this folder.
class DatabaseError : public std::runtime_error {
 public:
  DatabaseError(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

// One connection to a database file. Not locked: one thread at a time.
class Database {
 public:
  // Opens `file`, which must exist. Waits up to `kBusyMs` for locks of other connections.
  explicit Database(const std::string& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs statements without parameters. Throws DatabaseError.
  void execute(const char* sql);
  // Rows that the last INSERT, UPDATE or DELETE changed.
  int changes() const;
  // False once SQLite has rolled back by itself, or nothing was begun.
  bool in_transaction() const;
  sqlite3* handle() const { return handle_; }

  static constexpr int kBusyMs = 5000;

 private:
  sqlite3* handle_ = nullptr;
};

// Creates the file with mode 0600, if it is not there, so that it is never readable by others.
// Throws DatabaseError.
void create_private_file(const std::string& file);

class Statement;

// One execution of a statement; its end makes the statement free again. The columns' views live
// until the next call of next().
class Query {
 public:
  explicit Query(sqlite3_stmt* statement) : statement_(statement) {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  bool next();  // whether there is a row. Throws DatabaseError.
  void run() {
    while (next()) {
    }
  }

  std::int64_t integer(int column) const;
  std::uint64_t unsigned_integer(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  std::string_view bytes(int column) const;  // of a text or a blob
  std::string text(int column) const { return std::string(bytes(column)); }
  Uuid uuid(int column) const;  // all zero when the column is not 16 bytes long
  bool is_null(int column) const;

 private:
  sqlite3_stmt* statement_;
};

// A blob parameter.
struct Blob {
  std::string_view bytes;
};

// A prepared statement, kept for the life of its connection and called with its parameters:
// `Query query = find_(aggregate, version)`. Text and blobs are not copied: they must live as long
// as the Query.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);  // throws DatabaseError
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Parameters>
  Query operator()(const Parameters&... parameters) {
    int index = 0;
    (bind(++index, parameters), ...);
    return Query(handle_);
  }

 private:
  void bind(int index, std::int64_t value);
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint32_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::string_view text);
  void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
  void bind(int index, const char* text) { bind(index, std::string_view(text)); }
  void bind(int index, const Uuid& id);
  void bind(int index, Blob blob);
  void bind(int index, std::nullptr_t);

  sqlite3_stmt* handle_ = nullptr;
};

}  // namespace lectern::store
