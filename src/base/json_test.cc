#include "base/json.h"

#include <string>

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

namespace lectern {
namespace {

namespace json = boost::json;

std::string again(std::string_view text) { return json::serialize(parse_json(text).value()); }

TEST(ParseJson, ReadsWhatCanBeWrittenAgain) {
  EXPECT_EQ(again(R"( {"a":[1,-2,true,null,"\u00e9\ud83d\ude00\u0000"]} )"),
            "{\"a\":[1,-2,true,null,\"\xc3\xa9\xf0\x9f\x98\x80\\u0000\"]}");
  EXPECT_EQ(again("9007199254740993"), "9007199254740993");
  EXPECT_EQ(again("18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(again(R"({"a":1,"a":2,"__proto__":{}})"), R"({"a":2,"__proto__":{}})");
}

TEST(ParseJson, RefusesNumbersThatWouldBeWrittenAsInfinity) {
  for (const std::string& number :
       {std::string("1e999"), std::string("-1e999"), std::string("1e309"),
        std::string("1e99999999999"), std::string(400, '9')}) {
    EXPECT_EQ(parse_json(number).error(), Errc::malformed_packet);
    EXPECT_EQ(parse_json("[[{\"a\":" + number + "}]]").error(), Errc::malformed_packet);
  }
  EXPECT_EQ(parse_json("1.7976931348623157e308").value().as_double(), 1.7976931348623157e308);
  EXPECT_EQ(parse_json("1e-999").value().as_double(), 0);
}

TEST(ParseJson, NeverGivesStringsThatAreNotUtf8) {
  for (const char* text :
       {"\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "{\"\xf5\x80\x80\x80\":1}"})
    EXPECT_EQ(parse_json(text).error(), Errc::malformed_packet) << text;
}

TEST(ParseJson, ReplacesSurrogatesThatStandAlone) {
  const std::string replaced = "\xef\xbf\xbd";
  EXPECT_EQ(again(R"("\ud83d")"), '"' + replaced + '"');
  EXPECT_EQ(again(R"("\uDE00x")"), '"' + replaced + "x\"");
  EXPECT_EQ(again(R"("\ud83dx")"), '"' + replaced + "x\"");
  EXPECT_EQ(again(R"("\ud83d\n")"), '"' + replaced + "\\n\"");
  EXPECT_EQ(again(R"(["\ud83d\ud83d\ude00\ude00"])"),
            "[\"" + replaced + "\xf0\x9f\x98\x80" + replaced + "\"]");
  EXPECT_EQ(again(R"({"\udfff":"\\ud800 \\\ud800"})"),
            "{\"" + replaced + R"(":"\\ud800 \\)" + replaced + "\"}")
      << "an escaped backslash starts no escape";
  for (const char* text : {R"("\ud83)", R"("\ud83d)", R"(\ud83d)", R"("\ud83d" x)", R"("\ud8zz")"})
    EXPECT_EQ(parse_json(text).error(), Errc::malformed_packet) << text;
}

TEST(ParseJson, RefusesDeepNestingBeforeTheStackDoes) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth)));
  EXPECT_EQ(parse_json(nested(kMaxJsonDepth + 1)).error(), Errc::malformed_packet);
  EXPECT_EQ(parse_json(std::string(1'000'000, '[')).error(), Errc::malformed_packet);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(parse_json(objects).error(), Errc::malformed_packet);
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* text : {"", " ", "[", "[1]]", "[1] 1", "[1,]", "'x'", "NaN", "Infinity", "01",
                           "+1", "1.", ".5", "\"\n\"", "[]//", "\xef\xbb\xbf[]", "nul", "True"})
    EXPECT_EQ(parse_json(text).error(), Errc::malformed_packet) << text;
}

// Remembers the most that was held at one time.
class Measuring final : public json::memory_resource {
 public:
  std::size_t most() const { return most_; }

 private:
  void* do_allocate(std::size_t size, std::size_t) override {
    held_ += size;
    most_ = std::max(most_, held_);
    return ::operator new(size);
  }
  void do_deallocate(void* memory, std::size_t size, std::size_t) override {
    held_ -= size;
    ::operator delete(memory);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

  std::size_t held_ = 0;
  std::size_t most_ = 0;
};

TEST(ParseJson, TakesMemoryInProportionToTheText) {
  for (const char* item : {"0", "[]", "{}", "\"\"", "{\"\":0}", "[[],[]]"}) {
    std::string text = "[0";
    while (text.size() < 100'000) text += std::string(",") + item;
    text += "]";
    Measuring storage;
    ASSERT_TRUE(parse_json(text, &storage));
    EXPECT_LE(storage.most(), 32 * text.size()) << item;
  }
}

}  // namespace
}  // namespace lectern
