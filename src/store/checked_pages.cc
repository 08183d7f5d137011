#include "store/checked_pages.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <sqlite3.h>

#include "store/crc32c.h"

namespace lectern::store {
namespace {

constexpr std::size_t kReservedAt = 20;  // in the header of page 1: how many bytes are left alone
constexpr std::size_t kContent = kPageSize - std::size_t{kReservedBytes};
using Page = std::array<char, kPageSize>;
using Trailer = std::array<char, std::size_t{kReservedBytes}>;

// The file of the VFS below follows this in memory.
struct File {
  sqlite3_file base;
  bool is_database;
  bool checks;        // pages carry checksums
  bool reads_damage;  // nevertheless any page can be read

  sqlite3_file* below() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
static_assert(sizeof(File) % alignof(void*) == 0);

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* below(sqlite3_file* file) { return file_of(file).below(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *below(file)->pMethods; }
sqlite3_vfs* default_vfs() { return sqlite3_vfs_find(nullptr); }

Trailer trailer_of(const char* page, std::uint64_t number) {
  std::array<char, 4> little_endian;
  for (std::size_t i = 0; i < 4; ++i) little_endian[i] = static_cast<char>(number >> (8 * i));
  const auto crc = crc32c({page, kContent}, crc32c({little_endian.data(), little_endian.size()}));
  Trailer trailer;
  for (std::size_t i = 0; i < 4; ++i) {
    trailer[i] = static_cast<char>(crc >> (8 * i));
    trailer[i + 4] = static_cast<char>(~crc >> (8 * i));
  }
  return trailer;
}

bool is_whole(const char* page, std::uint64_t number) {
  const auto trailer = trailer_of(page, number);
  if (std::memcmp(page + kContent, trailer.data(), trailer.size()) == 0) return true;
  // SQLite may leave a page that it does not need unwritten, in the middle of the file.
  return std::all_of(page, page + kPageSize, [](char byte) { return byte == 0; });
}

bool is_page(int size, sqlite3_int64 offset) {
  return size == int{kPageSize} && offset % sqlite3_int64{kPageSize} == 0;
}

std::uint64_t page_number(sqlite3_int64 offset) {
  return static_cast<std::uint64_t>(offset) / kPageSize + 1;
}

// Looks at page 1 of a file that is opened: whether pages carry checksums.
int look(File& file) {
  Page page{};
  const int result = methods(&file.base).xRead(file.below(), page.data(), int{kPageSize}, 0);
  if (result == SQLITE_IOERR_SHORT_READ) {
    file.checks = true;  // an empty one: Database asks for the room
    return SQLITE_OK;
  }
  if (result != SQLITE_OK) return result;
  file.checks = page[kReservedAt] == kReservedBytes;
  if (file.checks) return SQLITE_OK;
  if (page[kReservedAt] != 0) return SQLITE_NOTADB;
  page[kReservedAt] = kReservedBytes;
  return is_whole(page.data(), 1) ? SQLITE_IOERR_DATA : SQLITE_OK;  // it had checksums once
}

int close(sqlite3_file* file) { return methods(file).xClose(below(file)); }

int read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  const int result = methods(file).xRead(below(file), into, size, offset);
  if (result != SQLITE_OK || !file_of(file).is_database || !file_of(file).checks) return result;
  if (file_of(file).reads_damage) return result;
  if (is_page(size, offset)) {
    const bool whole = is_whole(static_cast<const char*>(into), page_number(offset));
    return whole ? SQLITE_OK : SQLITE_IOERR_DATA;
  }
  // The header, which SQLite looks at before it reads page 1; anything longer is no page of ours.
  return size <= 100 ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  File& mine = file_of(file);
  if (!mine.is_database || !is_page(size, offset)) {
    return methods(file).xWrite(mine.below(), data, size, offset);
  }
  Page page;
  std::memcpy(page.data(), data, page.size());
  // Page 1 is the first that is written of a file that changes to checksums.
  if (offset == 0) mine.checks = page[kReservedAt] == kReservedBytes;
  if (mine.checks) {
    const auto trailer = trailer_of(page.data(), page_number(offset));
    std::copy(trailer.begin(), trailer.end(), page.begin() + kContent);
  }
  return methods(file).xWrite(mine.below(), page.data(), size, offset);
}

int cut(sqlite3_file* file, sqlite3_int64 size) {
  return methods(file).xTruncate(below(file), size);
}
int sync(sqlite3_file* file, int flags) { return methods(file).xSync(below(file), flags); }
int size_of(sqlite3_file* file, sqlite3_int64* size) {
  return methods(file).xFileSize(below(file), size);
}
int lock(sqlite3_file* file, int level) { return methods(file).xLock(below(file), level); }
int unlock(sqlite3_file* file, int level) { return methods(file).xUnlock(below(file), level); }
int reserved(sqlite3_file* file, int* is) {
  return methods(file).xCheckReservedLock(below(file), is);
}
int control(sqlite3_file* file, int what, void* argument) {
  return methods(file).xFileControl(below(file), what, argument);
}
int sector_size(sqlite3_file* file) { return methods(file).xSectorSize(below(file)); }
int characteristics(sqlite3_file* file) {
  return methods(file).xDeviceCharacteristics(below(file));
}
int map_shared(sqlite3_file* file, int region, int size, int extend, void volatile** at) {
  return methods(file).xShmMap(below(file), region, size, extend, at);
}
int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
  return methods(file).xShmLock(below(file), offset, count, flags);
}
void order_shared(sqlite3_file* file) { methods(file).xShmBarrier(below(file)); }
int unmap_shared(sqlite3_file* file, int remove) {
  return methods(file).xShmUnmap(below(file), remove);
}

// Version 2: without memory maps, which would pass by the checksums.
constexpr sqlite3_io_methods kMethods{2,
                                      &close,
                                      &read,
                                      &write,
                                      &cut,
                                      &sync,
                                      &size_of,
                                      &lock,
                                      &unlock,
                                      &reserved,
                                      &control,
                                      &sector_size,
                                      &characteristics,
                                      &map_shared,
                                      &lock_shared,
                                      &order_shared,
                                      &unmap_shared,
                                      nullptr,
                                      nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  File& mine = file_of(file);
  mine = {};
  const int result = default_vfs()->xOpen(default_vfs(), name, mine.below(), flags, out_flags);
  if (result != SQLITE_OK) return result;
  mine.base.pMethods = &kMethods;
  mine.is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
  const int looked = mine.is_database ? look(mine) : SQLITE_OK;
  if (looked != SQLITE_OK) {
    close(file);
    mine.base.pMethods = nullptr;  // so that SQLite does not close it, too
  }
  return looked;
}

int remove(sqlite3_vfs*, const char* name, int sync_directory) {
  return default_vfs()->xDelete(default_vfs(), name, sync_directory);
}

// Null when the database was not opened by way of this.
File* main_file(sqlite3* database) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file));
  return file && file->pMethods == &kMethods ? &file_of(file) : nullptr;
}

sqlite3_vfs make_vfs() {
  sqlite3_initialize();
  sqlite3_vfs made = *default_vfs();
  made.szOsFile += static_cast<int>(sizeof(File));
  made.zName = "lectern-checked";
  made.pNext = nullptr;
  made.xOpen = &open;
  made.xDelete = &remove;
  return made;
}

}  // namespace

const char* checked_pages() {
  static sqlite3_vfs vfs = make_vfs();
  static const int registered = sqlite3_vfs_register(&vfs, /*makeDflt=*/0);
  static_cast<void>(registered);
  return vfs.zName;
}

bool pages_are_checked(sqlite3* database) {
  File* file = main_file(database);
  return file && file->checks;
}

void read_damaged_pages(sqlite3* database) {
  if (File* file = main_file(database)) file->reads_damage = true;
}

}  // namespace lectern::store
