#include "store/verify.h"

#include <array>
#include <optional>
#include <unordered_map>

#include <sqlite3.h>

#include "store/checked_pages.h"
#include "store/database.h"
#include "store/event_rows.h"
#include "store/schema.h"

namespace lectern::store {
namespace {

class Look {
 public:
  explicit Look(const std::string& file) : database_(file) {}

  Findings all() {
    // Each step tells what it can, whatever the one before it met.
    step([this] { pages(); });
    step([this] { structure(); });
    step([this] { format(); });
    step([this] { events(); });
    return std::move(found_);
  }

 private:
  template <class Step>
  void step(Step step) {
    try {
      step();
    } catch (const DatabaseError& error) {
      damaged(error.what());
    }
  }

  bool enough() const { return found_.damage.size() >= Findings::kMostDamage; }
  void damaged(std::string what) {
    if (!enough()) found_.damage.push_back(std::move(what));
  }

  // Free pages as well, which SQLite's own check passes by.
  void pages() {
    if (!pages_are_checked(database_.handle()) || !log_is_copied()) return;
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database_.handle(), "main", SQLITE_FCNTL_FILE_POINTER,
                         static_cast<void*>(&file));
    sqlite3_int64 size = 0;
    file->pMethods->xFileSize(file, &size);
    for (sqlite3_int64 at = 0; at < size && !enough(); at += sqlite3_int64{kPageSize}) {
      if (can_read(*file, at)) continue;
      damaged("page " + std::to_string(at / sqlite3_int64{kPageSize} + 1) + ", from byte " +
              std::to_string(at) + " on, is not what was written: its checksum differs");
    }
    if (!found_.damage.empty()) read_damaged_pages(database_.handle());
  }

  // After a crash pages may be torn whose last state is in the write-ahead log, and is read there.
  // While a server writes there may be too much in it: the next look sees the pages.
  bool log_is_copied() {
    Statement checkpoint(database_, "PRAGMA wal_checkpoint(PASSIVE)");
    Query query = checkpoint();
    return query.next() && query.integer(1) == query.integer(2);
  }

  // A server that copies its write-ahead log may be in the middle of the page.
  static bool can_read(sqlite3_file& file, sqlite3_int64 at) {
    std::array<char, kPageSize> page;
    for (int attempt = 0; attempt < 100; ++attempt) {
      if (file.pMethods->xRead(&file, page.data(), int{kPageSize}, at) == SQLITE_OK) return true;
    }
    return false;
  }

  void structure() {
    Statement check(database_, "PRAGMA integrity_check(100)");
    for (Query query = check(); query.next();)
      if (query.bytes(0) != "ok") damaged(query.text(0));
  }

  void format() {
    const int found = format_of(database_);
    if (found == 0) damaged("this is no store of Lectern");
    if (found > kFormat) {
      damaged("format " + std::to_string(found) + " is that of a newer Lectern; this one knows " +
              std::to_string(kFormat));
    }
  }

  void events() {
    Statement all(database_,
                  "SELECT " + std::string(kEventColumns) + " FROM events ORDER BY position");
    std::unordered_map<Uuid, std::uint64_t> versions;
    for (Query query = all(); query.next() && !enough();) {
      std::uint64_t position = 0;
      const auto event = event_of(query, position);
      const auto name = "the event at position " + std::to_string(position);
      if (!event) {
        damaged(name + " is not what was written: its checksum differs");
        continue;
      }
      ++found_.events;
      std::uint64_t& version = versions[event->aggregate];
      if (event->version != version + 1) {
        damaged(name + " has version " + std::to_string(event->version) + " of aggregate " +
                event->aggregate.to_string() + ", where " + std::to_string(version + 1) +
                " is expected");
      }
      version = event->version;
    }
    found_.aggregates = versions.size();
  }

  Database database_;
  Findings found_;
};

}  // namespace

Findings verify(const std::string& file) { return Look(file).all(); }

}  // namespace lectern::store
