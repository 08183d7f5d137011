#include "store/sqlite_log.h"

#include <utility>

namespace lectern::store {
namespace {

// read_all() holds neither the lock nor a snapshot while the visitor works, because a snapshot
// keeps the write-ahead log from being reused.
constexpr std::size_t kPage = 512;

}  // namespace

SqliteLog::SqliteLog(Writer& writer, const std::string& file) : writer_(writer) {
  reader_.emplace(file);
}

void SqliteLog::append(events::Append append, Done done) {
  writer_.append(std::move(append), std::move(done));
}

std::vector<events::DomainEvent> SqliteLog::read(const Uuid& aggregate, std::uint64_t from_version,
                                                 std::size_t limit) {
  std::vector<events::DomainEvent> found;
  std::lock_guard lock(mutex_);
  if (!reader_) return found;
  try {
    if (!reader_->events.read(aggregate, from_version, limit, found)) {
      writer_.fail("an event of " + aggregate.to_string() + " is damaged");
    }
  } catch (const DatabaseError& error) {
    writer_.fail(error.what());
  }
  return found;
}

std::vector<events::DomainEvent> SqliteLog::read_page(std::uint64_t from_position) {
  std::vector<events::DomainEvent> found;
  std::lock_guard lock(mutex_);
  if (!reader_) return found;
  try {
    if (!reader_->events.read_all(from_position, kPage, found)) {
      writer_.fail("the event after position " +
                   std::to_string(found.empty() ? from_position : found.back().position) +
                   " is damaged");
    }
  } catch (const DatabaseError& error) {
    writer_.fail(error.what());
  }
  return found;
}

void SqliteLog::read_all(std::uint64_t from_position, Visitor visit) {
  for (;;) {
    const auto page = read_page(from_position);
    for (const events::DomainEvent& event : page) {
      if (!visit(event)) return;
    }
    if (page.size() < kPage) return;
    from_position = page.back().position + 1;
  }
}

std::unique_ptr<events::Subscription> SqliteLog::subscribe(std::uint64_t from_position,
                                                           Visitor visit) {
  return events::follow(*this, writer_.growth(), from_position, std::move(visit));
}

void SqliteLog::close() {
  std::lock_guard lock(mutex_);
  reader_.reset();
}

}  // namespace lectern::store
