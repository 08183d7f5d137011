#include "classroom/effect.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace lectern::classroom {
namespace {

TEST(EventIds, StartsWithTheIdThatWasDrawn) {
  const auto first = *Uuid::parse("9c858901-8a57-4791-81fe-4c455b099bc9");
  EventIds ids(first);
  EXPECT_EQ(ids.next(), first);
  EXPECT_EQ(ids.next().to_string(), "9c858901-8a57-4791-81fe-4c455b099bca");
}

TEST(EventIds, CarriesWithoutTouchingVersionAndVariant) {
  EventIds ids(*Uuid::parse("9c858901-8a57-4791-81ff-ffffffffffff"));
  ids.next();
  EXPECT_EQ(ids.next().to_string(), "9c858901-8a57-4791-8200-000000000000");
  EventIds last(*Uuid::parse("9c858901-8a57-4791-bfff-ffffffffffff"));
  last.next();
  EXPECT_EQ(last.next().to_string(), "9c858901-8a57-4791-8000-000000000000");
}

TEST(Failure, HasTheShapeOfTheContract) {
  EXPECT_EQ(boost::json::serialize(conflict("The quiz has moved on", 7).to_json()),
            R"({"type":"CONFLICT","message":"The quiz has moved on","actualVersion":7})");
  EXPECT_EQ(
      boost::json::serialize(invalid("answer", "must be the index of an option").to_json()),
      R"({"type":"VALIDATION_ERROR","message":"Validation error: answer must be the index of an option","field":"answer"})");
}

}  // namespace
}  // namespace lectern::classroom
