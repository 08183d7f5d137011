#include "store/verify.h"

#include <optional>
#include <unordered_map>

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
