#pragma once

#include <string>

#include "store/sqlite_accounts.h"
#include "store/sqlite_log.h"
#include "store/writer.h"

namespace lectern::store {

// All of one database file: the event log and the accounts over one writer thread. Any thread.
// Cheap to construct: it reads the format and nothing else. Whoever opens it holds the
// DataDirectory.
class Store {
 public:
  // Throws DatabaseError.
  explicit Store(const std::string& file, WriterOptions options = {});
  ~Store() { close(); }

  events::EventLog& log() { return log_; }
  identity::AccountStore& accounts() { return accounts_; }
  bool writable() const { return writer_.writable(); }
  std::string failure() const { return writer_.failure(); }  // why it is not; empty: closed
  WriterStats stats() const { return writer_.stats(); }

  // Writes what waits and leaves everything in the main file. From then on appends and changes are
  // refused and reads find nothing. Not from a completion.
  void close();

 private:
  Writer writer_;
  SqliteLog log_;
  SqliteAccounts accounts_;
};

}  // namespace lectern::store
