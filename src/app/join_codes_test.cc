#include "app/join_codes.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

const Uuid kRoom = *Uuid::parse("3b241101-e2bb-4255-8caf-4136c566a962");
const Uuid kOther = *Uuid::parse("9c858901-8a57-4791-81fe-4c455b099bc9");

TEST(JoinCodes, ACodeOfSixDigitsLeadsToItsRoom) {
  JoinCodes codes;
  const auto code = codes.claim(kRoom);
  EXPECT_EQ(code.size(), 6U);
  EXPECT_EQ(code.find_first_not_of("0123456789"), std::string::npos);
  EXPECT_EQ(codes.find(code), kRoom);
}

TEST(JoinCodes, SpacesAndDashesDoNotCount) {
  JoinCodes codes;
  codes.restore("482913", kRoom);
  EXPECT_EQ(codes.find(" 482-913 "), kRoom);
  EXPECT_FALSE(codes.find("48291"));
}

TEST(JoinCodes, OnlyItsRoomFreesACode) {
  JoinCodes codes;
  codes.restore("482913", kRoom);
  codes.release("482913", kOther);
  EXPECT_EQ(codes.find("482913"), kRoom);
  codes.release("482913", kRoom);
  EXPECT_FALSE(codes.find("482913"));
}

TEST(JoinCodes, GrowWhenATenthIsInUse) {
  JoinCodes codes;
  for (int i = 0; i <= 100'000; ++i) codes.restore(std::to_string(10'000'000 + i), kOther);
  EXPECT_EQ(codes.claim(kRoom).size(), 7U);
}

}  // namespace
}  // namespace lectern::app
