#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "events/event_log.h"
#include "store/database.h"
#include "store/event_rows.h"
#include "store/writer.h"

namespace lectern::store {

// The event log in SQLite. Any thread. Appends go through `writer`, whose rules they follow;
// reads have a connection of their own and go on when the writer has failed. A damaged event (its
// CRC-32C differs, or SQLite cannot read it) ends the read and fails the writer.
class SqliteLog final : public events::EventLog {
 public:
  // `writer` has opened `file` and outlives the log. Throws DatabaseError.
  SqliteLog(Writer& writer, const std::string& file);

  void append(events::Append append, Done done) override;
  std::vector<events::DomainEvent> read(const Uuid& aggregate, std::uint64_t from_version,
                                        std::size_t limit) override;
  void read_all(std::uint64_t from_position, Visitor visit) override;
  std::unique_ptr<events::Subscription> subscribe(std::uint64_t from_position,
                                                  Visitor visit) override;
  bool writable() const override { return writer_.writable(); }

  // Closes the reading connection; from then on reads find nothing.
  void close();

 private:
  struct Reader {
    explicit Reader(const std::string& file) : database(file), events(database) {}
    Database database;
    EventReads events;
  };

  std::vector<events::DomainEvent> read_page(std::uint64_t from_position);

  Writer& writer_;
  std::mutex mutex_;  // guards reader_
  std::optional<Reader> reader_;
};

}  // namespace lectern::store
