#include "store/failing_vfs.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>

namespace lectern::store {
namespace {

std::atomic<bool> syncs_fail = false;
std::atomic<bool> writes_fail = false;
std::atomic<int> syncs_done = 0;

sqlite3_vfs* original = nullptr;
sqlite3_vfs failing{};

// A table of methods of the original VFS, with two entries replaced. The VFS has one table for
// files with locks and another for journals.
struct Methods {
  sqlite3_io_methods failing{};  // first: a file points to it, and so to the whole
  const sqlite3_io_methods* original = nullptr;
};
std::mutex mutex;  // guards tables
std::array<Methods, 4> tables;

const sqlite3_io_methods& original_of(const sqlite3_file* file) {
  return *reinterpret_cast<const Methods*>(file->pMethods)->original;
}

int sync(sqlite3_file* file, int flags) {
  if (syncs_fail) return SQLITE_IOERR_FSYNC;
  ++syncs_done;
  return original_of(file).xSync(file, flags);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (writes_fail) return SQLITE_FULL;
  return original_of(file).xWrite(file, data, size, offset);
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int result = original->xOpen(original, name, file, flags, out_flags);
  if (result != SQLITE_OK || !file->pMethods) return result;
  std::lock_guard lock(mutex);
  for (Methods& table : tables) {
    if (!table.original) {
      table.failing = *file->pMethods;
      table.failing.xSync = &sync;
      table.failing.xWrite = &write;
      table.original = file->pMethods;
    }
    if (table.original == file->pMethods) {
      file->pMethods = &table.failing;
      return result;
    }
  }
  std::abort();
}

}  // namespace

FailingVfs::FailingVfs() {
  sqlite3_initialize();
  original = sqlite3_vfs_find(nullptr);
  failing = *original;
  failing.zName = "lectern-failing";
  failing.pNext = nullptr;
  failing.xOpen = &open;
  sqlite3_vfs_register(&failing, 1);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_unregister(&failing);
  sqlite3_vfs_register(original, 1);
  fail_syncs(false);
  fail_writes(false);
}

void FailingVfs::fail_syncs(bool fail) { syncs_fail = fail; }
void FailingVfs::fail_writes(bool fail) { writes_fail = fail; }
int FailingVfs::syncs() const { return syncs_done; }

}  // namespace lectern::store
