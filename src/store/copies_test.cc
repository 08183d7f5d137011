#include "store/copies.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "events/event_log_conformance.h"
#include "store/store.h"
#include "store/temporary_directory.h"
#include "store/verify.h"

namespace lectern::store {
namespace {

using events::append_now;
using events::posted;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A directory with a closed store of `events` events of one aggregate.
struct Written {
  explicit Written(int events) {
    Store store(file);
    for (int i = 0; i < events; ++i)
      append_now(store.log(), {aggregate, {}, {posted("{\"n\":" + std::to_string(i) + "}")}, ""});
  }
  std::vector<std::string> payloads() const {
    Database database(file);
    std::vector<events::DomainEvent> found;
    EventReads(database).read_all(1, 1000, found);
    std::vector<std::string> payloads;
    for (const auto& event : found) payloads.push_back(event.payload);
    return payloads;
  }
  void execute(const char* sql) const { Database(file).execute(sql); }

  TemporaryDirectory directory;
  std::string file = directory.file("lectern.db");
  Uuid aggregate = Uuid::random();
};

std::string content_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write_file(const std::string& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

TEST(Verify, AWholeStoreIsWhole) {
  const Written written(12);
  const auto found = verify(written.file);
  EXPECT_THAT(found.damage, ElementsAre());
  EXPECT_EQ(found.events, 12U);
  EXPECT_EQ(found.aggregates, 1U);
}

TEST(Verify, FindsAChangedByteOrTheEventsAreWhatTheyWere) {
  const Written written(40);
  const auto before = written.payloads();
  const auto whole = content_of(written.file);
  int found = 0;
  for (std::size_t at = 0; at < whole.size(); at += 211) {
    auto changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    write_file(written.file, changed);
    std::vector<std::string> after;
    try {
      if (!verify(written.file).damage.empty()) {
        ++found;
        continue;
      }
      after = written.payloads();
    } catch (const DatabaseError&) {
      ++found;
      continue;
    }
    EXPECT_EQ(after, before) << "byte " << at << " was changed and nobody noticed";
  }
  EXPECT_GT(found, 10);
}

TEST(Verify, FindsAnEventThatIsMissing) {
  const Written written(5);
  written.execute("DELETE FROM events WHERE version = 3");
  EXPECT_THAT(verify(written.file).damage, ElementsAre(HasSubstr("where 3 is expected")));
}

TEST(Verify, KnowsOlderFormatsAndNoNewerOnes) {
  const Written written(1);
  written.execute("UPDATE meta SET value = '1' WHERE name = 'format'");
  EXPECT_THAT(verify(written.file).damage, ElementsAre());
  written.execute("UPDATE meta SET value = '99' WHERE name = 'format'");
  EXPECT_THAT(verify(written.file).damage, ElementsAre(HasSubstr("newer Lectern")));
  written.execute("DELETE FROM meta WHERE name = 'format'");
  EXPECT_THAT(verify(written.file).damage, ElementsAre(HasSubstr("no store of Lectern")));
}

TEST(Verify, PassesByWhatIsDamagedAndTellsAllOfIt) {
  const Written written(5);
  written.execute("UPDATE events SET payload = '{}' WHERE version IN (1, 4)");
  const auto found = verify(written.file);
  EXPECT_THAT(found.damage, ElementsAre(HasSubstr("position 1 is not"), HasSubstr("where 1 is"),
                                        HasSubstr("position 4 is not"), HasSubstr("where 4 is")));
  EXPECT_EQ(found.events, 3U);
}

TEST(Copies, ACopyOfAStoreInUseHasAMomentOfIt) {
  const Written written(3);
  Store store(written.file);
  append_now(store.log(), {written.aggregate, {}, {posted("{}")}, ""});
  const auto copy = written.directory.file("copy.db");
  copy_database(written.file, copy);
  append_now(store.log(), {written.aggregate, {}, {posted("{}")}, ""});
  EXPECT_EQ(verify(copy).events, 4U) << "the fourth is in the write-ahead log";
  EXPECT_EQ(verify(written.file).events, 5U);
  struct stat status {};
  ASSERT_EQ(stat(copy.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_THROW(copy_database(written.file, copy), CopyError);
  EXPECT_FALSE(std::filesystem::exists(copy + ".partial"));
}

TEST(Copies, TakeThePlaceOfWhatWasThereAndKeepIt) {
  const Written written(3);
  const auto copy = written.directory.file("copy.db");
  copy_database(written.file, copy);
  {
    // Killed: its write-ahead log stays, and must not get into the copy.
    Store store(written.file);
    for (int i = 0; i < 3; ++i)
      append_now(store.log(), {written.aggregate, {}, {posted("{}")}, ""});
    std::filesystem::copy_file(written.file + "-wal", written.directory.file("wal"));
    std::filesystem::copy_file(written.file, written.directory.file("main"));
  }
  std::filesystem::rename(written.directory.file("wal"), written.file + "-wal");
  std::filesystem::rename(written.directory.file("main"), written.file);
  const DataDirectory directory(written.directory.path());
  const auto kept = replace_database(directory, copy);
  EXPECT_EQ(verify(written.file).events, 3U);
  EXPECT_EQ(verify(kept).events, 6U);
  EXPECT_NE(replace_database(directory, copy), kept) << "what was kept stays";
  EXPECT_TRUE(std::filesystem::exists(kept));
}

TEST(Copies, AnEmptyDirectoryGetsTheCopy) {
  const Written written(2);
  const TemporaryDirectory fresh;
  const DataDirectory directory(fresh.path());
  EXPECT_EQ(replace_database(directory, written.file), "");
  EXPECT_EQ(verify(directory.database_file()).events, 2U);
}

}  // namespace
}  // namespace lectern::store
