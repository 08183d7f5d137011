#include "store/data_directory.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lectern::store {
namespace {

[[noreturn]] void refuse(const std::string& path, const char* what, int error) {
  throw DirectoryError(DirectoryError::Reason::not_writable,
                       "data directory " + path + " " + what + ": " + std::strerror(error));
}

void create(const std::string& path) {
  std::error_code error;
  const auto parent = std::filesystem::path(path).parent_path();
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) refuse(path, "cannot be created", error.value());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    refuse(path, "cannot be created", errno);
  }
}

// "12345" and a line feed, as the holder wrote it; empty when there is nothing readable.
std::string holder_of(int lock) {
  std::array<char, 32> text{};
  const auto size = ::pread(lock, text.data(), text.size(), 0);
  std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  return holder.substr(0, holder.find_first_not_of("0123456789"));
}

}  // namespace

DataDirectory::DataDirectory(std::string path) : path_(std::move(path)) {
  while (path_.size() > 1 && path_.back() == '/') path_.pop_back();
  create(path_);
  lock_ = ::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) refuse(path_, "is not writable", errno);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string holder = holder_of(lock_);
    ::close(lock_);
    if (error != EWOULDBLOCK) refuse(path_, "cannot be locked", error);
    throw DirectoryError(DirectoryError::Reason::in_use,
                         "data directory " + path_ + " is in use by another lectern" +
                             (holder.empty() ? "" : " (process " + holder + ")"));
  }
  // Told to whoever is refused. The lock itself does not depend on what the file says.
  const std::string holder = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, holder.data(), holder.size(), 0) < 0) {
    const int error = errno;
    ::close(lock_);
    refuse(path_, "is not writable", error);
  }
}

DataDirectory::~DataDirectory() { ::close(lock_); }

std::string DataDirectory::file(std::string_view name) const {
  return path_ + '/' + std::string(name);
}

}  // namespace lectern::store
