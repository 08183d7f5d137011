#include <filesystem>
#include <future>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "events/event_log_conformance.h"
#include "store/failing_vfs.h"
#include "store/sqlite_log.h"
#include "store/temporary_directory.h"

namespace lectern::store {
namespace {

using events::append_now;
using events::AppendError;
using events::posted;

class WriterFailure : public ::testing::Test {
 protected:
  void open(WriterOptions options = {}) {
    writer_.emplace(file_, options);
    log_.emplace(*writer_, file_);
  }
  void close() {
    log_.reset();
    writer_.reset();
  }
  std::optional<AppendError> append(const char* payload) {
    return append_now(*log_, {aggregate_, {}, {posted(payload)}, ""}).error;
  }

  FailingVfs vfs_;
  TemporaryDirectory directory_;
  const std::string file_ = directory_.file("lectern.db");
  std::optional<Writer> writer_;
  std::optional<SqliteLog> log_;
  const Uuid aggregate_ = Uuid::random();
};

TEST_F(WriterFailure, EveryAcknowledgedAppendWasSynced) {
  open();
  append("first");
  for (int i = 0; i < 10; ++i) {
    const int before = vfs_.syncs();
    EXPECT_FALSE(append("{}"));
    EXPECT_GT(vfs_.syncs(), before);
  }
}

TEST_F(WriterFailure, AfterAFailedSyncNothingIsAcknowledgedUntilARestart) {
  open();
  EXPECT_FALSE(append("kept"));
  vfs_.fail_syncs(true);
  EXPECT_EQ(append("lost"), AppendError::store_unavailable);
  vfs_.fail_syncs(false);
  EXPECT_EQ(append("late"), AppendError::store_unavailable);
  EXPECT_FALSE(log_->writable());
  EXPECT_FALSE(writer_->run([](Database&) { FAIL() << "ran"; }));
  EXPECT_NE(writer_->failure(), "");
  const auto read = log_->read(aggregate_, 1, 9);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].payload, "kept");

  close();
  open();
  EXPECT_TRUE(log_->writable());
  EXPECT_EQ(log_->read(aggregate_, 1, 9).at(0).payload, "kept");
  EXPECT_FALSE(append("again"));
}

TEST_F(WriterFailure, AFailedSyncRefusesEverythingInFlightInOrder) {
  open();
  std::vector<bool> refused;
  std::promise<void> started;
  std::promise<void> go;
  log_->append({aggregate_, {}, {posted("0")}, ""}, [&](events::AppendResult) {
    started.set_value();
    go.get_future().wait();
  });
  started.get_future().wait();
  for (int i = 0; i < 600; ++i) {
    log_->append({aggregate_, 7, {posted("{}")}, ""}, [&](events::AppendResult result) {
      refused.push_back(result.error == AppendError::store_unavailable);
    });
    log_->append({aggregate_, {}, {posted("{}")}, ""}, [&](events::AppendResult result) {
      refused.push_back(result.error == AppendError::store_unavailable);
    });
  }
  vfs_.fail_syncs(true);
  go.set_value();
  writer_->stop();
  EXPECT_EQ(refused, std::vector<bool>(1200, true));
  EXPECT_EQ(log_->read(aggregate_, 1, 9).size(), 1U);
}

TEST_F(WriterFailure, AFullDiskIsAFailureToo) {
  open();
  EXPECT_FALSE(append("kept"));
  vfs_.fail_writes(true);
  EXPECT_EQ(append("lost"), AppendError::store_unavailable);
  vfs_.fail_writes(false);
  EXPECT_EQ(append("late"), AppendError::store_unavailable);
  EXPECT_EQ(log_->read(aggregate_, 1, 9).size(), 1U);
}

TEST_F(WriterFailure, ALockHeldByAnotherProgramRefusesOnlyWhatWaitedForIt) {
  open();
  EXPECT_FALSE(append("kept"));
  EXPECT_TRUE(writer_->run([](Database& database) { sqlite3_busy_timeout(database.handle(), 1); }));
  {
    Database other(file_);
    other.execute("BEGIN IMMEDIATE");
    EXPECT_EQ(append("refused"), AppendError::store_unavailable);
    EXPECT_TRUE(log_->writable());
  }
  EXPECT_FALSE(append("kept too"));
}

TEST_F(WriterFailure, AfterAFailureTheWriteAheadLogIsLeftForTheNextStart) {
  open();
  append("kept");
  vfs_.fail_syncs(true);
  append("lost");
  vfs_.fail_syncs(false);
  close();
  EXPECT_TRUE(std::filesystem::exists(file_ + "-wal"));
}

TEST_F(WriterFailure, WithAnIntervalTheDiskIsSyncedLaterAndAtTheEnd) {
  open({.sync_interval = std::chrono::hours(1)});
  append("first");
  const int before = vfs_.syncs();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(append("{}"));
  EXPECT_EQ(vfs_.syncs(), before);
  EXPECT_EQ(log_->read(aggregate_, 1, 99).size(), 11U);
  writer_->stop();
  EXPECT_GT(vfs_.syncs(), before);
}

TEST_F(WriterFailure, WithAnIntervalAFailedSyncEndsTheAcknowledgements) {
  open({.sync_interval = std::chrono::milliseconds(1)});
  append("first");
  vfs_.fail_syncs(true);
  while (!append("{}")) {
  }
  EXPECT_FALSE(log_->writable());
}

}  // namespace
}  // namespace lectern::store
