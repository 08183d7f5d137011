#include "store/copies.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "store/database.h"

namespace lectern::store {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw CopyError(what + ": " + std::strerror(errno));
}

bool exists(const std::string& file) {
  struct stat found {};
  return lstat(file.c_str(), &found) == 0;
}

// Of a file, or of a directory and so of the names in it.
void sync(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  if (done) return;
  errno = error;
  fail("cannot sync " + path);
}

std::string directory_of(const std::string& file) {
  const auto slash = file.rfind('/');
  if (slash == file.npos) return ".";
  return slash == 0 ? "/" : file.substr(0, slash);
}

// Into a file that nobody takes for a whole one yet.
void write_copy(const std::string& database, const std::string& target) {
  try {
    create_private_file(target);
    Database source(database);
    Statement vacuum(source, "VACUUM INTO ?");
    vacuum(target).run();
  } catch (const DatabaseError& error) {
    throw CopyError("cannot copy " + database + ": " + error.what());
  }
  sync(target);
}

// The first of the names "lectern.db.replaced", "lectern.db.replaced-2", … that is free.
std::string free_name(const std::string& database) {
  std::string name = database + ".replaced";
  for (int number = 2; exists(name); ++number)
    name = database + ".replaced-" + std::to_string(number);
  return name;
}

void move(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) fail("cannot rename " + from + " to " + to);
}

}  // namespace

void copy_database(const std::string& database, const std::string& target) {
  if (exists(target)) throw CopyError(target + " exists already");
  if (!exists(database)) throw CopyError("there is no store: " + database + " does not exist");
  const auto partial = target + ".partial";
  unlink(partial.c_str());
  try {
    write_copy(database, partial);
    // Not rename(): what was made meanwhile under that name is not ours to replace.
    if (link(partial.c_str(), target.c_str()) != 0) fail("cannot create " + target);
  } catch (const CopyError&) {
    unlink(partial.c_str());
    throw;
  }
  unlink(partial.c_str());
  sync(directory_of(target));
}

std::string replace_database(const DataDirectory& directory, const std::string& source) {
  const auto database = directory.database_file();
  const auto fresh = database + ".new";
  unlink(fresh.c_str());
  write_copy(source, fresh);
  std::string kept;
  if (exists(database)) {
    kept = free_name(database);
    if (link(database.c_str(), kept.c_str()) != 0) fail("cannot keep " + database);
    // SQLite would read the old log into the new database.
    if (exists(database + "-wal")) move(database + "-wal", kept + "-wal");
    unlink((database + "-shm").c_str());
    sync(directory.path());
  }
  move(fresh, database);
  sync(directory.path());
  return kept;
}

}  // namespace lectern::store
