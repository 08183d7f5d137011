#include "store/database.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "store/checked_pages.h"

namespace lectern::store {
namespace {

[[noreturn]] void fail(sqlite3* handle, const std::string& what) {
  const int code = sqlite3_extended_errcode(handle);
  throw DatabaseError(
      code, what + ": " +
                (code == SQLITE_IOERR_DATA ? "a page of the database is not what was written"
                                           : sqlite3_errmsg(handle)));
}

void expect_ok(int result, sqlite3_stmt* statement) {
  if (result != SQLITE_OK) fail(sqlite3_db_handle(statement), "bind");
}

}  // namespace

Database::Database(const std::string& file) {
  // No mutex: every connection has one user at a time.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(file.c_str(), &handle_, flags, checked_pages());
  if (result != SQLITE_OK) {
    const std::string reason = handle_ ? sqlite3_errmsg(handle_) : "out of memory";
    sqlite3_close_v2(handle_);
    throw DatabaseError(result, "cannot open " + file + ": " + reason);
  }
  sqlite3_busy_timeout(handle_, kBusyMs);
  // For a database that is made or rebuilt over this connection; others stay as they are.
  int reserved = kReservedBytes;
  sqlite3_file_control(handle_, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle_, sql);
}

int Database::changes() const { return sqlite3_changes(handle_); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

void create_private_file(const std::string& file) {
  // O_EXCL, because closing a descriptor of a database that is open elsewhere in this program
  // would drop SQLite's locks on it.
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
  } else if (errno != EEXIST) {
    throw DatabaseError(SQLITE_CANTOPEN, "cannot create " + file + ": " + std::strerror(errno));
  }
}

Query::~Query() { sqlite3_reset(statement_); }

bool Query::next() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) fail(sqlite3_db_handle(statement_), sqlite3_sql(statement_));
  return false;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::bytes(int column) const {
  // Blob first, size second: in the other order SQLite may convert and move the bytes.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return data ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size))
              : std::string_view();
}

Uuid Query::uuid(int column) const {
  Uuid id;
  const auto data = bytes(column);
  if (data.size() == id.bytes.size()) std::memcpy(id.bytes.data(), data.data(), data.size());
  return id;
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Statement::Statement(Database& database, std::string_view sql) {
  if (sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle_, nullptr) != SQLITE_OK) {
    fail(database.handle(), std::string(sql));
  }
}

Statement::~Statement() { sqlite3_finalize(handle_); }

void Statement::bind(int index, std::int64_t value) {
  expect_ok(sqlite3_bind_int64(handle_, index, value), handle_);
}

void Statement::bind(int index, std::string_view text) {
  // A null pointer would bind NULL.
  expect_ok(sqlite3_bind_text64(handle_, index, text.data() ? text.data() : "", text.size(),
                                SQLITE_STATIC, SQLITE_UTF8),
            handle_);
}

void Statement::bind(int index, const Uuid& id) {
  bind(index, Blob{{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}});
}

void Statement::bind(int index, Blob blob) {
  expect_ok(sqlite3_bind_blob64(handle_, index, blob.bytes.data() ? blob.bytes.data() : "",
                                blob.bytes.size(), SQLITE_STATIC),
            handle_);
}

void Statement::bind(int index, std::nullptr_t) {
  expect_ok(sqlite3_bind_null(handle_, index), handle_);
}

}  // namespace lectern::store
