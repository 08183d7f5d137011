#include "store/store.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "events/event_log_conformance.h"
#include "store/temporary_directory.h"

namespace lectern::store {
namespace {

using events::append_now;
using events::posted;

TEST(Store, LeavesEverythingInTheMainFileWhenItIsClosed) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("lectern.db");
  const Uuid aggregate = Uuid::random();
  {
    Store store(file);
    append_now(store.log(), {aggregate, {}, {posted("{}")}, ""});
    store.accounts().create_account({"u1", "Ada", "admin", "h", false, 0});
    EXPECT_TRUE(store.writable());
    store.close();
    EXPECT_FALSE(std::filesystem::exists(file + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(file + "-shm"));
    EXPECT_FALSE(store.writable());
    EXPECT_EQ(store.failure(), "");
    EXPECT_EQ(append_now(store.log(), {aggregate, {}, {posted("{}")}, ""}).error,
              events::AppendError::store_unavailable);
    EXPECT_EQ(store.accounts().enable_account("u1"), identity::StoreOutcome::unavailable);
    EXPECT_TRUE(store.log().read(aggregate, 1, 9).empty());
    EXPECT_FALSE(store.accounts().find_account("u1"));
  }
  Store again(file);
  EXPECT_EQ(again.log().read(aggregate, 1, 9).size(), 1U);
  EXPECT_TRUE(again.accounts().find_account("u1"));
}

TEST(Store, ACompletionMayReadWhileTheStoreCloses) {
  const TemporaryDirectory directory;
  Store store(directory.file("lectern.db"));
  const Uuid aggregate = Uuid::random();
  std::size_t read = 0;
  for (int i = 0; i < 100; ++i) {
    store.log().append({aggregate, {}, {posted("{}")}, ""}, [&](events::AppendResult) {
      read = store.log().read(aggregate, 1, 1000).size();
    });
  }
  store.close();
  EXPECT_EQ(read, 100U);
}

}  // namespace
}  // namespace lectern::store
