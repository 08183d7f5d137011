#include <lectern/typed.h>

#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace lectern {
namespace {

struct Point {
  std::int16_t x = 0;
  std::uint8_t y = 0;
};

struct Move {
  std::string player;
  std::vector<Point> points;
  std::optional<std::string> note;
  double speed = 0;
  bool final = false;
};

struct Picture {
  Binary bytes;
  std::vector<Binary> layers;
  boost::json::value meta;
};

struct Wide {
  std::uint64_t big = 0;
  std::int64_t small = 0;
  std::vector<bool> flags;
  std::vector<std::optional<int>> holes;
};

struct Tree {
  std::vector<Tree> children;
};

}  // namespace

template <>
struct Described<Point> {
  static constexpr auto fields = std::tuple{field("x", &Point::x), field("y", &Point::y)};
};

template <>
struct Described<Move> {
  static constexpr auto fields = std::tuple{
      field("player", &Move::player, 8), field("points", &Move::points, 5),
      field("note", &Move::note), field("speed", &Move::speed), field("final", &Move::final)};
};

template <>
struct Described<Picture> {
  static constexpr auto fields =
      std::tuple{field("bytes", &Picture::bytes, 4), field("layers", &Picture::layers),
                 field("meta", &Picture::meta)};
};

template <>
struct Described<Wide> {
  static constexpr auto fields =
      std::tuple{field("big", &Wide::big), field("small", &Wide::small),
                 field("flags", &Wide::flags), field("holes", &Wide::holes)};
};

template <>
struct Described<Tree> {
  static constexpr auto fields = std::tuple{field("children", &Tree::children)};
};

namespace {

constexpr const char* kMove =
    R"({"player":"ann","points":[{"x":-5,"y":255}],"note":"hi","speed":1.5,"final":true})";

// Why `text` is no T: "field: message", "" when it is one.
template <class T>
std::string complaint(const std::string& text, const Attachments& attachments = {}) {
  const auto parsed = from_json<T>(boost::json::parse(text), attachments);
  return parsed ? "" : parsed.error().field + ": " + parsed.error().message;
}

// A move with one member replaced; `value` "" takes it out.
std::string with(const std::string& key, const std::string& value) {
  auto object = boost::json::parse(kMove).as_object();
  object.erase(key);
  if (!value.empty()) object[key] = boost::json::parse(value);
  return boost::json::serialize(object);
}

template <class T>
std::string written(const T& value) {
  Attachments attachments;
  return boost::json::serialize(to_json(value, attachments));
}

TEST(Typed, ReadsEveryMember) {
  const auto move = from_json<Move>(boost::json::parse(kMove));
  ASSERT_TRUE(move);
  EXPECT_EQ(move->player, "ann");
  ASSERT_EQ(move->points.size(), 1U);
  EXPECT_EQ(move->points[0].x, -5);
  EXPECT_EQ(move->points[0].y, 255);
  EXPECT_EQ(move->note, "hi");
  EXPECT_EQ(move->speed, 1.5);
  EXPECT_TRUE(move->final);
}

TEST(Typed, WritesWhatItReads) {
  EXPECT_EQ(
      written(*from_json<Move>(boost::json::parse(kMove))),
      R"({"player":"ann","points":[{"x":-5,"y":255}],"note":"hi","speed":1.5E0,"final":true})");
}

TEST(Typed, AnOptionalMayBeMissingOrNull) {
  EXPECT_EQ(from_json<Move>(boost::json::parse(with("note", "")))->note, std::nullopt);
  EXPECT_EQ(from_json<Move>(boost::json::parse(with("note", "null")))->note, std::nullopt);
  EXPECT_EQ(complaint<Move>(with("note", "7")), "note: note must be a string");
}

TEST(Typed, AnEmptyOptionalLeavesItsKeyOut) {
  EXPECT_EQ(written(Move{"b", {}, {}, 0, false}),
            R"({"player":"b","points":[],"speed":0E0,"final":false})");
}

TEST(Typed, NamesThePathOfWhatIsWrong) {
  EXPECT_EQ(complaint<Move>(with("player", "")), "player: player is missing");
  EXPECT_EQ(complaint<Move>(with("points", R"([{"x":1,"y":2},{"x":1,"y":256}])")),
            "points.1.y: points.1.y must be an integer from 0 to 255");
  EXPECT_EQ(complaint<Move>(with("points", "[{}]")), "points.0.x: points.0.x is missing");
  EXPECT_EQ(complaint<Move>(with("points", "[null]")), "points.0: points.0 must be an object");
}

TEST(Typed, RefusesEveryWrongType) {
  EXPECT_EQ(complaint<Move>("[]"), ": the payload must be an object");
  EXPECT_EQ(complaint<Move>("null"), ": the payload must be an object");
  EXPECT_EQ(complaint<Move>(with("player", "null")), "player: player must be a string");
  EXPECT_EQ(complaint<Move>(with("points", "{}")), "points: points must be a list");
  EXPECT_EQ(complaint<Move>(with("speed", "\"1\"")), "speed: speed must be a number");
  EXPECT_EQ(complaint<Move>(with("final", "1")), "final: final must be true or false");
}

TEST(Typed, ChecksTheRangeOfIntegers) {
  for (const char* bad : {"-32769", "32768", "1.5", "1e300", "-1e300", "18446744073709551615",
                          "9007199254740993.0", "\"1\"", "true", "null", "[1]"})
    EXPECT_EQ(complaint<Point>(std::string(R"({"y":0,"x":)") + bad + "}"),
              "x: x must be an integer from -32768 to 32767")
        << bad;
  EXPECT_EQ(complaint<Point>(R"({"x":0,"y":-1})"), "y: y must be an integer from 0 to 255");
  EXPECT_EQ(from_json<Point>(boost::json::parse(R"({"x":3e2,"y":7.0})"))->x, 300);
}

TEST(Typed, ReadsTheEndsOfTheWidestIntegers) {
  const auto wide = from_json<Wide>(boost::json::parse(
      R"({"big":18446744073709551615,"small":-9223372036854775808,"flags":[true,false],"holes":[1,null]})"));
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->big, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(wide->small, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(
      written(*wide),
      R"({"big":18446744073709551615,"small":-9223372036854775808,"flags":[true,false],"holes":[1,null]})");
}

TEST(Typed, IgnoresKeysThatNobodyDescribed) {
  EXPECT_EQ(complaint<Point>(R"({"x":1,"y":2,"__proto__":{},"z":[[[]]]})"), "");
}

TEST(Typed, HoldsListsAndTextsToTheirSize) {
  EXPECT_EQ(complaint<Move>(with("player", "\"ninechars\"")),
            "player: player must have at most 8 bytes");
  EXPECT_EQ(complaint<Move>(with("points", "[0,0,0,0,0,0]")),
            "points: points must have at most 5 elements");
}

TEST(Typed, FollowsNoNestingWithoutEnd) {
  std::string text = "{\"children\":[]}";
  for (int i = 0; i < 12; ++i) text = "{\"children\":[" + text + "]}";
  EXPECT_EQ(complaint<Tree>(text), "");

  boost::json::value deep = {{"children", boost::json::array()}};
  for (int i = 0; i < 1000; ++i) deep = {{"children", boost::json::array{std::move(deep)}}};
  const auto tree = from_json<Tree>(deep);
  ASSERT_FALSE(tree);
  EXPECT_TRUE(tree.error().message.ends_with("is nested too deep"));
}

TEST(Typed, BinaryBecomesAPlaceholderAndAnAttachment) {
  const auto arguments = to_arguments(Picture{{"\x01\xff"}, {{"a"}, {"b"}}, 7}, std::string("x"));
  EXPECT_EQ(
      boost::json::serialize(arguments.values),
      R"([{"bytes":{"_placeholder":true,"num":0},)"
      R"("layers":[{"_placeholder":true,"num":1},{"_placeholder":true,"num":2}],"meta":7},"x"])");
  EXPECT_EQ(arguments.attachments, (Attachments{"\x01\xff", "a", "b"}));

  const auto picture = from_arguments<Picture>(arguments);
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->bytes.bytes, "\x01\xff");
  EXPECT_EQ(picture->layers[1].bytes, "b");
  EXPECT_EQ(from_arguments<std::string>(arguments, 1).value(), "x");
}

TEST(Typed, RefusesWhatOnlyLooksBinary) {
  const auto picture = [](const std::string& bytes) {
    return R"({"layers":[],"meta":0,"bytes":)" + bytes + "}";
  };
  const std::string first = R"({"_placeholder":true,"num":0})";
  EXPECT_EQ(complaint<Picture>(picture(first), {"ok"}), "");
  EXPECT_EQ(complaint<Picture>(picture(first)), "bytes: bytes must be binary");
  for (const char* bad :
       {"\"AQI=\"", "[1,2]", R"({"_placeholder":true,"num":1})",
        R"({"_placeholder":true,"num":-1})", R"({"_placeholder":true,"num":0.5})",
        R"({"_placeholder":false,"num":0})", R"({"_placeholder":true,"num":18446744073709551615})",
        R"({"_placeholder":true})"})
    EXPECT_EQ(complaint<Picture>(picture(bad), {"ok"}), "bytes: bytes must be binary") << bad;
  EXPECT_EQ(complaint<Picture>(picture(first), {"five!"}),
            "bytes: bytes must have at most 4 bytes");
}

TEST(Typed, ANumberThatIsNoneIsWrittenAsNull) {
  EXPECT_EQ(written(std::vector<double>{NAN, INFINITY, 0.5}), "[null,null,5E-1]");
}

TEST(Typed, AMissingArgumentIsAMismatch) {
  EXPECT_EQ(from_arguments<int>({}).error().message, "the payload is missing");
  EXPECT_THROW(from_arguments<int>({}).value(), std::invalid_argument);
}

}  // namespace
}  // namespace lectern
