#include "server/session_id.h"

#include <set>

#include <gtest/gtest.h>

namespace lectern::server {
namespace {

TEST(SessionIdTest, CarriesItsShard) {
  for (const unsigned shard : {0U, 1U, 7U, 255U}) {
    const auto sid = new_session_id(shard);
    EXPECT_EQ(sid.size(), kSessionIdSize);
    EXPECT_EQ(shard_of(sid), shard);
  }
}

TEST(SessionIdTest, IsDifferentEachTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) {
    ids.insert(new_session_id(0));
    ids.insert(new_socket_id());
  }
  EXPECT_EQ(ids.size(), 2000U);
}

TEST(SessionIdTest, RefusesOtherForms) {
  EXPECT_FALSE(shard_of(""));
  EXPECT_FALSE(shard_of("__proto__"));
  EXPECT_FALSE(shard_of(std::string(19, 'A')));
  EXPECT_FALSE(shard_of(std::string(21, 'A')));
  EXPECT_FALSE(shard_of(std::string(19, 'A') + "="));
  EXPECT_EQ(shard_of(std::string(20, 'A')), 0U);
}

}  // namespace
}  // namespace lectern::server
