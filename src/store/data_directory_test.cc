#include "store/data_directory.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/temporary_directory.h"

namespace lectern::store {
namespace {

TEST(DataDirectory, IsCreatedForTheOwnerAlone) {
  const TemporaryDirectory parent;
  const DataDirectory directory(parent.file("a/b/"));
  struct stat status {};
  ASSERT_EQ(::stat(parent.file("a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_EQ(directory.database_file(), parent.file("a/b/lectern.db"));
}

TEST(DataDirectory, HasOneHolderAtATime) {
  const TemporaryDirectory parent;
  {
    const DataDirectory directory(parent.file("data"));
    try {
      const DataDirectory second(parent.file("data"));
      FAIL() << "locked twice";
    } catch (const DirectoryError& error) {
      EXPECT_EQ(error.reason(), DirectoryError::Reason::in_use);
      EXPECT_EQ(error.what(), "data directory " + parent.file("data") +
                                  " is in use by another lectern (process " +
                                  std::to_string(::getpid()) + ")");
    }
  }
  const DataDirectory again(parent.file("data"));
}

TEST(DataDirectory, TellsWhyItCannotBeUsed) {
  const TemporaryDirectory parent;
  std::ofstream(parent.file("file")) << "x";
  try {
    const DataDirectory directory(parent.file("file"));
    FAIL() << "a file is no directory";
  } catch (const DirectoryError& error) {
    EXPECT_EQ(error.reason(), DirectoryError::Reason::not_writable);
    EXPECT_EQ(error.what(),
              "data directory " + parent.file("file") + " is not writable: Not a directory");
  }
  EXPECT_THROW(DataDirectory("/proc/lectern"), DirectoryError);
}

}  // namespace
}  // namespace lectern::store
