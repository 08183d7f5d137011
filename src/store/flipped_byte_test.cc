#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "events/event_log_conformance.h"
#include "store/checked_pages.h"
#include "store/store.h"
#include "store/temporary_directory.h"
#include "store/verify.h"

// LECTERN_FLIPS sets how many bytes are damaged, each in a store of its own.

namespace lectern::store {
namespace {

Uuid aggregate(int index) {
  Uuid id;
  id.bytes[0] = static_cast<std::uint8_t>(index + 1);
  return id;
}

// Some of everything, on some dozen pages; free ones among them.
void fill(const std::string& file) {
  Store store(file);
  for (int i = 0; i < 60; ++i) {
    const auto payload = std::to_string(i) + std::string(static_cast<std::size_t>(i * 97), 'p');
    const std::string key = i % 3 ? "" : "key " + std::to_string(i);
    append_now(store.log(), {aggregate(i % 3), {}, {events::posted(payload)}, key});
  }
  for (int i = 0; i < 40; ++i) {
    const auto number = std::to_string(i);
    store.accounts().create_account({"user " + number, "name " + number, "student",
                                     "hash " + std::string(300, 'h'), i % 7 == 0, i});
    store.accounts().add_refresh_token({"token " + number, "user " + number, "family " + number,
                                        std::string(32, 'r'), 0, 1000 + i});
  }
  store.accounts().raise_epoch("user 3", 77);
  store.accounts().revoke_session({"access 9", 5000}, {"family 9", 5000});
  store.accounts().keep_secret("key", "secret");
  store.accounts().prune(1035);
}

// All that can be asked, as text.
std::string truth(Store& store) {
  std::ostringstream out;
  for (int i = 0; i < 3; ++i) {
    for (const auto& event : store.log().read(aggregate(i), 1, 1000)) {
      out << event.position << ' ' << event.version << ' ' << event.payload << '\n';
    }
  }
  store.log().read_all(0, [&](const events::DomainEvent& event) {
    out << event.id.to_string() << event.type << event.timestamp << '\n';
    return true;
  });
  auto& accounts = store.accounts();
  for (const auto& account : accounts.accounts()) {
    out << account.user_id << account.name << account.role << account.password_hash
        << account.disabled << account.created_at << '\n';
    const auto found = accounts.find_account_by_name(account.name);
    out << (found ? found->user_id : "nobody")
        << accounts.find_account(account.user_id).has_value();
  }
  for (int i = 0; i < 40; ++i) {
    const auto token = accounts.find_refresh_token("token " + std::to_string(i));
    if (token) out << token->user_id << token->family << token->hash << token->expires_at << '\n';
  }
  out << accounts.epoch("user 3").number << accounts.family_revoked("family 9");
  for (const auto& token : accounts.revoked_tokens(0)) out << token.jti << token.expires_at;
  out << accounts.secret("key").value_or("none");
  return std::move(out).str();
}

std::string bytes_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool verify_finds_damage(const std::string& file) {
  try {
    return !verify(file).damage.empty();
  } catch (const DatabaseError&) {
    return true;
  }
}

// What is read is the truth, or the store says that something is wrong.
bool tells_the_truth(const std::string& file, const std::string& expected) {
  try {
    Store store(file);
    return truth(store) == expected || !store.writable();
  } catch (const DatabaseError&) {
    return true;
  }
}

int flips() {
  const char* given = std::getenv("LECTERN_FLIPS");
  return given ? std::atoi(given) : 40;
}

TEST(FlippedByte, IsFoundByVerifyAndNeverServedAsTruth) {
  const TemporaryDirectory directory;
  const std::string whole = directory.file("whole.db");
  fill(whole);
  const std::string content = bytes_of(whole);
  Store store(whole);
  const std::string expected = truth(store);
  store.close();
  ASSERT_FALSE(verify_finds_damage(whole));
  std::mt19937 random(1);
  for (int i = 0; i < flips(); ++i) {
    // The header of the file is where a byte can mislead most.
    const std::size_t at = i % 4 == 0 ? random() % 100 : random() % content.size();
    std::string damaged = content;
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + random() % 255));
    const std::string file = directory.file("damaged.db");
    std::filesystem::remove(file + "-wal");
    std::filesystem::remove(file + "-shm");
    std::ofstream(file, std::ios::binary) << damaged;
    EXPECT_TRUE(verify_finds_damage(file)) << "byte " << at << ", draw " << i;
    std::ofstream(file, std::ios::binary) << damaged;
    EXPECT_TRUE(tells_the_truth(file, expected)) << "byte " << at << ", draw " << i;
  }
}

// A store of format 2 with the content of `file`: its pages have no room for checksums.
void write_second_format(const std::string& file, const std::string& target) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(target.c_str(), &database), SQLITE_OK);
  const auto execute = [&](const std::string& sql) {
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
  };
  execute("ATTACH '" + file + "' AS new");
  std::vector<std::string> copies;
  sqlite3_exec(
      database,
      "SELECT sql FROM new.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
      "UNION ALL SELECT 'INSERT INTO main.' || name || ' SELECT * FROM new.' || name "
      "FROM new.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
      [](void* into, int, char** columns, char**) {
        static_cast<std::vector<std::string>*>(into)->emplace_back(columns[0]);
        return 0;
      },
      &copies, nullptr);
  for (const auto& sql : copies) execute(sql);
  execute("UPDATE main.meta SET value = '2' WHERE name = 'format'");
  sqlite3_close(database);
}

// Without the checksums of pages, a lost key of an index alone passes as "there is no such
// account".
TEST(FlippedByte, AStoreWithoutChecksumsOfPagesIsGivenThem) {
  const TemporaryDirectory directory;
  const std::string file = directory.file("lectern.db");
  fill(directory.file("new.db"));
  write_second_format(directory.file("new.db"), file);
  EXPECT_EQ(bytes_of(file).at(20), 0);
  Store store(file);
  EXPECT_EQ(store.accounts().accounts().size(), 40U);
  EXPECT_EQ(store.log().read(aggregate(0), 1, 1000).size(), 20U);
  store.close();
  EXPECT_EQ(bytes_of(file).at(20), kReservedBytes);
  EXPECT_FALSE(verify_finds_damage(file));
}

}  // namespace
}  // namespace lectern::store
