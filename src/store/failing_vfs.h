#pragma once

#include <sqlite3.h>

namespace lectern::store {

// For tests: makes SQLite's default way to files fail on demand. One at a time; databases that
// were opened while it lives must be closed before it ends.
class FailingVfs {
 public:
  FailingVfs();
  ~FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  void fail_syncs(bool fail);
  void fail_writes(bool fail);  // as if the disk were full
  int syncs() const;            // that succeeded
};

}  // namespace lectern::store
