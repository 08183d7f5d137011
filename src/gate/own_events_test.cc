#include "gate/own_events.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace lectern::gate {
namespace {

constexpr const char* kRoom = "3b241101-e2bb-4255-8caf-4136c566a962";
constexpr const char* kSchema = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "roomId": {"type": "string", "format": "uuid"},
    "emoji": {"type": "string", "pattern": "^[^ ]+$", "maxLength": 8},
    "level": {"type": "integer", "minimum": 1, "maximum": 5},
    "where": {"type": "object", "required": ["x"],
              "properties": {"x": {"type": "number"}}, "additionalProperties": false},
    "tags": {"type": "array", "items": {"$ref": "#/definitions/tag"}}
  },
  "definitions": {"tag": {"type": "string", "minLength": 2}},
  "required": ["roomId", "emoji"],
  "additionalProperties": false})";

Parsed<OwnEvent> parse(const OwnEvents& events, const std::string& members) {
  auto payload = boost::json::parse(R"({"roomId":")" + std::string(kRoom) + "\"" + members + "}");
  return events.parse("reaction:sent", payload.as_object());
}

class OwnEventsTest : public testing::Test {
 protected:
  OwnEventsTest() { EXPECT_EQ(events_.add("reaction:sent", kSchema), ""); }

  std::string field(const std::string& members) const {
    const auto result = parse(events_, members);
    const auto* error = std::get_if<ValidationError>(&result);
    if (!error) return "(good)";
    EXPECT_EQ(error->message.find("Validation error: "), 0U) << error->message;
    return error->field;
  }

  OwnEvents events_;
};

TEST_F(OwnEventsTest, TakesWhatFitsAndCleansIt) {
  auto result = parse(events_, R"(,"emoji":"<i>👍","level":5.0,"where":{"x":1.5},"tags":["a&b"])");
  ASSERT_TRUE(std::holds_alternative<OwnEvent>(result))
      << std::get<ValidationError>(result).message;
  const auto& event = std::get<OwnEvent>(result);
  EXPECT_EQ(event.room.to_string(), kRoom);
  EXPECT_EQ(event.name, "reaction:sent");
  const auto expected = boost::json::parse(R"({"roomId":"3b241101-e2bb-4255-8caf-4136c566a962",
      "emoji":"<i>👍</i>","level":5,"where":{"x":1.5},"tags":["a&amp;b"]})");
  EXPECT_EQ(boost::json::value(event.payload), expected);
}

TEST_F(OwnEventsTest, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(field(R"(,"emoji":"x")"), "(good)");
  EXPECT_EQ(field(""), "emoji");
  EXPECT_EQ(field(R"(,"emoji":5)"), "emoji");
  EXPECT_EQ(field(R"(,"emoji":"a b")"), "emoji");
  EXPECT_EQ(field(R"(,"emoji":"x","level":"5")"), "level");
  EXPECT_EQ(field(R"(,"emoji":"x","level":6)"), "level");
  EXPECT_EQ(field(R"(,"emoji":"x","level":1.5)"), "level");
  EXPECT_EQ(field(R"(,"emoji":"x","more":1)"), "more");
  EXPECT_EQ(field(R"(,"emoji":"x","where":{})"), "where.x");
  EXPECT_EQ(field(R"(,"emoji":"x","where":{"x":"1"})"), "where.x");
  EXPECT_EQ(field(R"(,"emoji":"x","where":{"x":1,"y":2})"), "where.y");
  EXPECT_EQ(field(R"(,"emoji":"x","tags":["ab","c"])"), "tags.1");
  EXPECT_EQ(field(R"(,"emoji":")" + std::string(1001, 'x') + '"'), "emoji");
}

TEST(OwnEvents, WantsARoomWhateverTheSchemaSays) {
  OwnEvents events;
  ASSERT_EQ(events.add("any", "{}"), "");
  for (const auto* text : {"{}", R"({"roomId":1})", R"({"roomId":"x"})"}) {
    auto payload = boost::json::parse(text);
    const auto result = events.parse("any", payload.as_object());
    ASSERT_TRUE(std::holds_alternative<ValidationError>(result)) << text;
    EXPECT_EQ(std::get<ValidationError>(result).field, "roomId");
  }
}

TEST(OwnEvents, RefusesNamesOfMembersThatAreNoText) {
  OwnEvents events;
  ASSERT_EQ(events.add("reaction:sent", "{}"), "");
  for (const auto* name : {"__proto__", "constructor", "<b>"}) {
    const auto result = parse(events, R"(,"in":[{")" + std::string(name) + R"(":1}])");
    ASSERT_TRUE(std::holds_alternative<ValidationError>(result)) << name;
    EXPECT_EQ(std::get<ValidationError>(result).field, "in.0." + std::string(name));
  }
}

// A regular expression that backtracks would take longer than anybody waits.
TEST(OwnEvents, MatchesInTimeThatGrowsWithTheText) {
  OwnEvents events;
  ASSERT_EQ(events.add("reaction:sent", R"({"properties":{"s":{"pattern":"^(a+)+$"}}})"), "");
  const auto result = parse(events, R"(,"s":")" + std::string(999, 'a') + "b\"");
  ASSERT_TRUE(std::holds_alternative<ValidationError>(result));
  EXPECT_EQ(std::get<ValidationError>(result).field, "s");
}

TEST(OwnEvents, SaysWhatIsWrongWithASchema) {
  const auto problem = [](std::string_view text) { return OwnEvents().add("own", text); };
  EXPECT_NE(problem("{").find("is no JSON"), std::string::npos);
  EXPECT_EQ(problem("[]"), "must be a JSON object");
  EXPECT_NE(problem(R"({"type":"objekt"})").find("is no JSON Schema"), std::string::npos);
  EXPECT_NE(problem(R"({"properties":{"a":{"patternProperties":{}}}})").find("patternProperties"),
            std::string::npos);
  EXPECT_NE(problem(R"({"propertys":{}})").find("\"propertys\""), std::string::npos);
  EXPECT_NE(problem(R"({"properties":{"a":{"$ref":"#"}}})").find("$ref"), std::string::npos);
  EXPECT_NE(problem(R"({"$ref":"http://a/b"})").find("$ref"), std::string::npos);
  EXPECT_NE(problem(R"({"properties":{"a":{"$ref":"#/definitions/b"}}})").find("is no JSON Schema"),
            std::string::npos);
  EXPECT_NE(problem(R"({"definitions":{"a":{"items":{"$ref":"#/definitions/a"}}}})").find("$ref"),
            std::string::npos);
  EXPECT_NE(problem(R"({"pattern":"("})").find("pattern"), std::string::npos);
  EXPECT_NE(problem(R"({"pattern":"(a)\\1"})").find("pattern"), std::string::npos);
  EXPECT_EQ(problem(R"({"properties":{"pattern":{"format":"x"},"$ref":{}}})"), "");
}

TEST(OwnEvents, KeepsTheNamesOfTheServer) {
  for (const auto* name : {"quiz:wave", "server:x", "auth:x", "chat:message", "connect", "error",
                           "room:presence", "chat:moderated", "", "a b", ":a", "a:", "ä"}) {
    EXPECT_NE(problem_of_event_name(name), "") << name;
  }
  for (const auto* name : {"hand:raise", "chat:reaction", "user:wave", "pointer", "a-b:c_d:E9"}) {
    EXPECT_EQ(problem_of_event_name(name), "") << name;
  }
}

TEST(OwnEvents, SaysWhichDirectoryCannotBeRead) {
  std::vector<std::string> problems;
  static_cast<void>(OwnEvents::read("/nowhere/at/all", problems));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems.front().find("/nowhere/at/all: cannot be read"), 0U) << problems.front();
}

}  // namespace
}  // namespace lectern::gate
