#include "base/uuid.h"

#include <set>

#include <gtest/gtest.h>

namespace lectern {
namespace {

constexpr char kCanonical[] = "0f8fad5b-d9cb-469f-a165-70867728950e";

TEST(Uuid, ReadsAndWritesTheCanonicalSpelling) {
  const auto id = Uuid::parse(kCanonical);
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->to_string(), kCanonical);
  EXPECT_EQ(id->routing(), 0x0f8fad5bu);
}

// D79: one id has one spelling.
TEST(Uuid, RefusesEveryOtherSpelling) {
  for (const char* text :
       {"0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5bd9cb469fa16570867728950e",
        "{0f8fad5b-d9cb-469f-a165-70867728950e}", "0f8fad5b-d9cb-469f-a165-70867728950",
        "0f8fad5b-d9cb-469f-a165-70867728950g", "0f8fad5b:d9cb:469f:a165:70867728950e",
        "0f8fad5bd-9cb-469f-a165-70867728950e", ""}) {
    EXPECT_FALSE(Uuid::parse(text).has_value()) << text;
  }
}

TEST(Uuid, RandomOnesAreVersionFourAndDiffer) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = Uuid::random();
    EXPECT_EQ(id.to_string()[14], '4');
    EXPECT_NE(std::string("89ab").find(id.to_string()[19]), std::string::npos);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Uuid, OneBesideAnotherSharesItsRouting) {
  const Uuid room = Uuid::random();
  const Uuid quiz = Uuid::random_beside(room);
  EXPECT_EQ(quiz.routing(), room.routing());
  EXPECT_NE(quiz, room);
}

}  // namespace
}  // namespace lectern
