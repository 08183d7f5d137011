#pragma once

#include <cstddef>

struct sqlite3;

namespace lectern::store {

// A way of SQLite to the disk on which every page of a database file carries a checksum. A page is
// 4096 bytes, of which SQLite leaves the last 8 alone: there stand the CRC-32C of the page's number
// (4 bytes, little endian) and of the 4088 bytes before, and its complement. A page that is not
// what was written cannot be read: SQLITE_IOERR_DATA. Files without room for checksums, those of
// older formats, are read and written as they are. The write-ahead log has checksums of SQLite's
// own.
//
// Built on the default VFS of the moment in which a file is opened.
inline constexpr std::size_t kPageSize = 4096;
inline constexpr int kReservedBytes = 8;

// Its name, for sqlite3_open_v2(). Any thread.
const char* checked_pages();

// Whether the pages of the main file, which was opened that way, carry checksums.
bool pages_are_checked(sqlite3* database);

// From now on this connection can read damaged pages, to tell what is in them.
void read_damaged_pages(sqlite3* database);

}  // namespace lectern::store
