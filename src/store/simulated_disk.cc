#include "store/simulated_disk.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include <sqlite3.h>

namespace lectern::store {
namespace {

constexpr std::size_t kSector = 512;

struct Change {
  std::size_t offset = 0;
  std::string bytes;
  bool cut = false;  // to `offset` bytes, rather than a write
};

struct File {
  std::string synced;           // what is left in any case
  std::vector<Change> pending;  // since then, in order; a write never crosses a sector
  bool was_synced = false;      // and so its name is on disk
  bool deleted = false;
};

struct Failure {
  std::size_t number = 0;
  std::string directory;
  unsigned seed = 0;
  std::function<void()> failed;
};

std::mutex mutex;  // guards everything below
std::map<std::string, File> files;
std::map<const sqlite3_file*, std::string> open_files;
std::optional<Failure> failure;
bool syncs_are_ignored = false;

sqlite3_vfs* original = nullptr;
sqlite3_vfs simulated{};

// As in FailingVfs: a file points to the first member, and so to the whole.
struct Methods {
  sqlite3_io_methods simulated{};
  const sqlite3_io_methods* original = nullptr;
};
std::array<Methods, 4> tables;

const sqlite3_io_methods& original_of(const sqlite3_file* file) {
  return *reinterpret_cast<const Methods*>(file->pMethods)->original;
}

void apply(const Change& change, std::string& content) {
  if (change.cut) return content.resize(std::min(content.size(), change.offset));
  content.resize(std::max(content.size(), change.offset + change.bytes.size()));
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

// Draws which of the pending changes reached the disk: few, half or most of them.
std::string left_of(const File& file, std::mt19937& random) {
  std::string content = file.synced;
  const unsigned of_eight = std::array{0U, 1U, 4U, 7U, 8U}.at(random() % 5);
  std::size_t size = content.size();
  for (const Change& change : file.pending) {
    size = change.cut ? std::min(size, change.offset)
                      : std::max(size, change.offset + change.bytes.size());
    if (random() % 8 < of_eight) apply(change, content);
  }
  // The new size may be on disk before the bytes are: then there are zeros.
  if (content.size() < size && random() % 2 == 0) content.resize(size);
  return content;
}

void put_what_is_left(const Failure& now) {
  std::mt19937 random(now.seed);
  for (const auto& [name, file] : files) {
    const bool may_be_missing = file.deleted || !file.was_synced;
    if (may_be_missing && random() % 2 == 0) continue;
    const auto target = now.directory / std::filesystem::path(name).filename();
    std::ofstream(target, std::ios::binary) << left_of(file, random);
  }
}

// Called with the lock, before the change that it stands for takes effect.
void count_down() {
  if (!failure || failure->number-- > 0) return;
  put_what_is_left(*failure);
  failure->failed();
  failure.reset();
}

File* record_of(const sqlite3_file* file) {
  const auto known = open_files.find(file);
  return known == open_files.end() ? nullptr : &files.at(known->second);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  {
    const std::lock_guard lock(mutex);
    if (File* record = record_of(file)) {
      const std::string bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
      const auto begin = static_cast<std::size_t>(offset);
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t part = std::min(kSector - (begin + at) % kSector, bytes.size() - at);
        record->pending.push_back({begin + at, bytes.substr(at, part)});
        at += part;
      }
      count_down();
    }
  }
  return original_of(file).xWrite(file, data, size, offset);
}

int cut(sqlite3_file* file, sqlite3_int64 size) {
  {
    const std::lock_guard lock(mutex);
    if (File* record = record_of(file)) {
      record->pending.push_back({static_cast<std::size_t>(size), {}, true});
      count_down();
    }
  }
  return original_of(file).xTruncate(file, size);
}

int sync(sqlite3_file* file, int /*flags*/) {
  const std::lock_guard lock(mutex);
  File* record = record_of(file);
  if (!record) return SQLITE_OK;
  count_down();
  if (syncs_are_ignored) return SQLITE_OK;
  for (const Change& change : record->pending) apply(change, record->synced);
  record->pending.clear();
  record->was_synced = true;
  return SQLITE_OK;  // nothing depends on the real disk
}

int close(sqlite3_file* file) {
  const auto& methods = original_of(file);
  {
    const std::lock_guard lock(mutex);
    open_files.erase(file);
  }
  return methods.xClose(file);
}

void record(const char* name, const sqlite3_file* file) {
  const std::lock_guard lock(mutex);
  const auto [entry, is_new] = files.try_emplace(name);
  if (is_new || entry->second.deleted) {
    entry->second = {};
    std::ifstream content(name, std::ios::binary);
    entry->second.synced.assign(std::istreambuf_iterator<char>(content), {});
    entry->second.was_synced = !entry->second.synced.empty();
  }
  open_files[file] = name;
}

void replace_methods(sqlite3_file* file) {
  const std::lock_guard lock(mutex);
  for (Methods& table : tables) {
    if (!table.original) {
      table.simulated = *file->pMethods;
      table.simulated.xWrite = &write;
      table.simulated.xTruncate = &cut;
      table.simulated.xSync = &sync;
      table.simulated.xClose = &close;
      table.original = file->pMethods;
    }
    if (table.original == file->pMethods) {
      file->pMethods = &table.simulated;
      return;
    }
  }
  std::abort();
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int result = original->xOpen(original, name, file, flags, out_flags);
  if (result != SQLITE_OK || !file->pMethods) return result;
  replace_methods(file);
  if (name && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) record(name, file);
  return result;
}

int remove(sqlite3_vfs*, const char* name, int sync_directory) {
  {
    const std::lock_guard lock(mutex);
    const auto known = files.find(name);
    if (known != files.end()) {
      known->second.deleted = true;
      count_down();
    }
  }
  return original->xDelete(original, name, sync_directory);
}

}  // namespace

SimulatedDisk::SimulatedDisk() {
  sqlite3_initialize();
  original = sqlite3_vfs_find(nullptr);
  simulated = *original;
  simulated.zName = "lectern-simulated";
  simulated.pNext = nullptr;
  simulated.xOpen = &open;
  simulated.xDelete = &remove;
  sqlite3_vfs_register(&simulated, 1);
}

SimulatedDisk::~SimulatedDisk() {
  sqlite3_vfs_unregister(&simulated);
  sqlite3_vfs_register(original, 1);
  const std::lock_guard lock(mutex);
  files.clear();
  open_files.clear();
  failure.reset();
  syncs_are_ignored = false;
}

void SimulatedDisk::fail_at(std::size_t number, const std::string& directory, unsigned seed,
                            std::function<void()> failed) {
  const std::lock_guard lock(mutex);
  failure = {number, directory, seed, std::move(failed)};
}

void SimulatedDisk::ignore_syncs(bool ignore) {
  const std::lock_guard lock(mutex);
  syncs_are_ignored = ignore;
}

}  // namespace lectern::store
