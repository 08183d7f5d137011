#include "store/sqlite_log.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "events/event_log_conformance.h"
#include "store/temporary_directory.h"

namespace lectern::events {
namespace {

class SqliteLogUnderTest {
 public:
  static constexpr bool kDurable = true;
  SqliteLogUnderTest() { open(); }
  EventLog& log() { return *log_; }
  void reopen() {
    log_.reset();
    writer_.reset();
    open();
  }

 private:
  void open() {
    writer_.emplace(directory_.file("lectern.db"));
    log_.emplace(*writer_, directory_.file("lectern.db"));
  }

  store::TemporaryDirectory directory_;
  std::optional<store::Writer> writer_;
  std::optional<store::SqliteLog> log_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, EventLogConformance, SqliteLogUnderTest);

}  // namespace lectern::events

namespace lectern::store {
namespace {

using events::append_now;
using events::posted;

class SqliteLogTest : public ::testing::Test {
 protected:
  void open(WriterOptions options = {}) {
    writer_.emplace(file_, options);
    log_.emplace(*writer_, file_);
  }
  void close() {
    writer_->stop();
    log_.reset();
    writer_.reset();
  }

  TemporaryDirectory directory_;
  const std::string file_ = directory_.file("lectern.db");
  std::optional<Writer> writer_;
  std::optional<SqliteLog> log_;
  const Uuid aggregate_ = Uuid::random();
};

TEST_F(SqliteLogTest, LeavesNothingBesideTheMainFileAfterACleanStop) {
  open();
  append_now(*log_, {aggregate_, {}, {posted("{}")}, ""});
  EXPECT_TRUE(std::filesystem::exists(file_ + "-wal"));
  close();
  EXPECT_FALSE(std::filesystem::exists(file_ + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(file_ + "-shm"));
  open();
  EXPECT_EQ(log_->read(aggregate_, 1, 9).size(), 1U);
}

TEST_F(SqliteLogTest, CreatesItsFilesForTheOwnerAlone) {
  const auto mask = ::umask(0);
  open();
  append_now(*log_, {aggregate_, {}, {posted("{}")}, ""});
  ::umask(mask);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
  }
}

TEST_F(SqliteLogTest, RefusesAFileOfANewerFormat) {
  open();
  close();
  Database(file_).execute("UPDATE meta SET value = '4' WHERE name = 'format'");
  try {
    open();
    FAIL() << "opened";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.what(),
              file_ + " has format 4, written by a newer Lectern; this one knows format 3");
  }
}

TEST_F(SqliteLogTest, RefusesAFileThatIsNoDatabase) {
  std::ofstream(file_) << std::string(8192, 'x');
  EXPECT_THROW(open(), DatabaseError);
}

TEST_F(SqliteLogTest, StopsBeforeADamagedEventAndWritesNothingMore) {
  open();
  for (const char* payload : {"a", "b", "c"}) {
    append_now(*log_, {aggregate_, {}, {posted(payload)}, ""});
  }
  close();
  Database(file_).execute("UPDATE events SET payload = 'B' WHERE version = 2");
  open();
  EXPECT_TRUE(log_->writable());
  const auto read = log_->read(aggregate_, 1, 9);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].payload, "a");
  EXPECT_FALSE(log_->writable());
  EXPECT_EQ(writer_->failure(), "an event of " + aggregate_.to_string() + " is damaged");
  EXPECT_EQ(append_now(*log_, {aggregate_, {}, {posted("d")}, ""}).error,
            events::AppendError::store_unavailable);
}

TEST_F(SqliteLogTest, TheChecksumCoversEveryField) {
  const events::DomainEvent event{Uuid::random(), "type", Uuid::random(), "payload", 1, 2, 3};
  const auto checksum = checksum_of(event);
  auto changed = event;
  changed.id.bytes[15] ^= 1;
  EXPECT_NE(checksum_of(changed), checksum);
  changed = event;
  changed.aggregate.bytes[15] ^= 1;
  EXPECT_NE(checksum_of(changed), checksum);
  changed = event;
  changed.type = "typepay";
  changed.payload = "load";
  EXPECT_NE(checksum_of(changed), checksum);
  changed = event;
  changed.timestamp = 2;
  EXPECT_NE(checksum_of(changed), checksum);
  changed = event;
  changed.version = 3;
  EXPECT_NE(checksum_of(changed), checksum);
  changed = event;
  changed.position = 4;
  EXPECT_NE(checksum_of(changed), checksum);
}

TEST_F(SqliteLogTest, WritesWhatWaitsBeforeItStopsAndRefusesWhatComesAfter) {
  open();
  int acknowledged = 0;
  for (int i = 0; i < 1000; ++i) {
    log_->append({aggregate_, {}, {posted("{}")}, ""},
                 [&](events::AppendResult result) { acknowledged += result.error ? 0 : 1; });
  }
  writer_->stop();
  EXPECT_EQ(acknowledged, 1000);
  EXPECT_FALSE(log_->writable());
  EXPECT_EQ(append_now(*log_, {aggregate_, {}, {posted("{}")}, ""}).error,
            events::AppendError::store_unavailable);
  EXPECT_EQ(log_->read(aggregate_, 1, 2000).size(), 1000U);
}

TEST_F(SqliteLogTest, AConflictDoesNotDisturbTheOtherAppendsOfItsBatch) {
  open();
  std::promise<void> started;
  std::promise<void> go;
  log_->append({Uuid::random(), {}, {posted("{}")}, ""}, [&](events::AppendResult) {
    started.set_value();
    go.get_future().wait();
  });
  started.get_future().wait();
  std::vector<events::AppendResult> results;
  for (const std::optional<std::uint64_t> expected :
       {std::optional<std::uint64_t>(0), std::optional<std::uint64_t>(0),
        std::optional<std::uint64_t>(1), std::optional<std::uint64_t>()}) {
    log_->append({aggregate_, expected, {posted("{}")}, ""},
                 [&](events::AppendResult result) { results.push_back(result); });
  }
  const auto commits = writer_->stats().commits;
  go.set_value();
  append_now(*log_, {aggregate_, {}, {posted("{}")}, ""});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results[0].first_version, 1U);
  EXPECT_EQ(results[1].error, events::AppendError::conflict);
  EXPECT_EQ(results[1].first_version, 1U);
  EXPECT_EQ(results[2].first_version, 2U);
  EXPECT_EQ(results[3].first_version, 3U);
  EXPECT_LE(writer_->stats().commits - commits, 2U);
}

TEST_F(SqliteLogTest, RefusesAtOnceWhatItsQueueDoesNotHold) {
  open({.sync_interval = {}, .max_queued_events = 4});
  std::promise<void> started;
  std::promise<void> go;
  log_->append({aggregate_, {}, {posted("0")}, ""}, [&](events::AppendResult) {
    started.set_value();
    go.get_future().wait();
  });
  started.get_future().wait();
  int acknowledged = 0;
  int refused = 0;
  for (int i = 0; i < 5; ++i) {
    log_->append({aggregate_, {}, {posted("{}")}, ""},
                 [&](events::AppendResult result) { ++(result.error ? refused : acknowledged); });
  }
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(writer_->stats().queued_events, 4U);
  EXPECT_EQ(writer_->stats().refused_appends, 2U);
  go.set_value();
  writer_->stop();
  EXPECT_EQ(acknowledged, 3);
  EXPECT_EQ(writer_->stats().queued_events, 0U);
}

TEST_F(SqliteLogTest, JobsShareTheWriterAndAreOnDiskWhenRunReturns) {
  open();
  EXPECT_TRUE(writer_->run(
      [](Database& database) { database.execute("INSERT INTO meta VALUES ('test', 'written')"); }));
  Database other(file_);
  Statement find(other, "SELECT value FROM meta WHERE name = 'test'");
  Query query = find();
  ASSERT_TRUE(query.next());
  EXPECT_EQ(query.text(0), "written");
}

TEST_F(SqliteLogTest, CopiesALongWriteAheadLogIntoTheMainFile) {
  open();
  for (int i = 0; i < 60; ++i) {
    append_now(*log_, {aggregate_, {}, {posted(std::string(100'000, 'x'))}, ""});
  }
  writer_->stop();  // after the last batch nothing waits, so that a checkpoint is due
  EXPECT_GE(writer_->stats().checkpoints, 1U);
  EXPECT_EQ(log_->read(aggregate_, 1, 100).size(), 60U);
}

}  // namespace
}  // namespace lectern::store
