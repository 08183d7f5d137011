#include "redis/resp.h"

#include <array>

#include <gtest/gtest.h>

namespace lectern::redis {
namespace {

using Kind = Reply::Kind;

// Whatever the reader makes of `bytes`, which come in pieces of that size; errors as nil with a
// number.
std::vector<Reply> read_all(std::string_view bytes, std::size_t piece, ReplyLimits limits = {}) {
  ReplyReader reader(limits);
  std::vector<Reply> replies;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view part = bytes.substr(at, piece);
    while (!part.empty()) {
      auto reply = reader.read(part);
      if (!reply) {
        replies.push_back({Kind::nil, "broken", 1, {}});
        return replies;
      }
      if (*reply) replies.push_back(std::move(**reply));
    }
  }
  return replies;
}

std::string shown(const Reply& reply) {
  switch (reply.kind) {
    case Kind::text: return '+' + reply.text;
    case Kind::error: return '-' + reply.text;
    case Kind::integer: return std::to_string(reply.number);
    case Kind::bytes: return '"' + reply.text + '"';
    case Kind::nil: return reply.text.empty() ? "nil" : reply.text;
    case Kind::too_large: return "too large";
    case Kind::array: break;
  }
  std::string text = "[";
  for (const auto& item : reply.items) text += shown(item) + ' ';
  return text + ']';
}

std::string shown(std::string_view bytes, std::size_t piece, ReplyLimits limits = {}) {
  std::string text;
  for (const auto& reply : read_all(bytes, piece, limits)) text += shown(reply) + '\n';
  return text;
}

TEST(AppendCommand, WritesAnArrayOfBulkStrings) {
  std::string out = "before";
  const std::array<std::string_view, 3> words{"SET", "", std::string_view("\r\n\0x", 4)};
  append_command(out, words);
  EXPECT_EQ(out, std::string_view("before*3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\n\r\n\0x\r\n", 35));
}

TEST(ReplyReader, ReadsEveryKindHoweverTheBytesAreCut) {
  constexpr std::string_view bytes =
      "+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nb\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
      "*3\r\n$7\r\nmessage\r\n*2\r\n:1\r\n*0\r\n+x\r\n+\r\n";
  const std::string expected =
      "+OK\n-ERR no\n-7\n\"a\r\nb\n\"\n\"\"\nnil\nnil\n[]\n[\"message\" [1 [] ] +x ]\n+\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    EXPECT_EQ(shown(bytes, piece), expected) << piece;
}

TEST(ReplyReader, RefusesWhatIsNoReply) {
  for (const std::string_view bytes :
       {"x\r\n", "\r\n", "+OK\n", "+a\rb\r\n", ":\r\n", ":1x\r\n", ": 1\r\n",
        ":99999999999999999999\r\n", "$-2\r\n", "$x\r\n", "$2\r\nabc\r\n", "$2\r\nab\n", "*-2\r\n",
        "*2\r\n+a\r\n?\r\n"})
    EXPECT_TRUE(shown(bytes, 1).ends_with("broken\n")) << bytes;
}

TEST(ReplyReader, SkipsAStringThatIsTooLongAndReadsOn) {
  ReplyLimits limits;
  limits.bytes = 4;
  const std::string_view bytes = "*2\r\n$5\r\n12345\r\n$4\r\n1234\r\n:1\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece)
    EXPECT_EQ(shown(bytes, piece, limits), "[too large \"1234\" ]\n1\n");
}

TEST(ReplyReader, RefusesALineWithoutEnd) {
  ReplyLimits limits;
  limits.line = 16;
  EXPECT_EQ(shown('+' + std::string(13, 'x') + "\r\n", 3, limits),
            '+' + std::string(13, 'x') + '\n');
  EXPECT_EQ(shown('+' + std::string(14, 'x') + "\r\n", 3, limits), "broken\n");
  EXPECT_EQ(shown('+' + std::string(1000, 'x'), 1000, limits), "broken\n");
}

TEST(ReplyReader, RefusesMoreItemsThanItsLimitBeforeTheyCome) {
  ReplyLimits limits;
  limits.items = 4;
  EXPECT_EQ(shown("*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", 5, limits),
            "[[1 2 ] 3 ]\n[1 2 3 4 ]\n");
  EXPECT_EQ(shown("*2\r\n*3\r\n", 1, limits), "broken\n");
  EXPECT_EQ(shown("*9223372036854775807\r\n", 1), "broken\n");
}

TEST(ReplyReader, RefusesArraysThatNestTooDeep) {
  ReplyLimits limits;
  limits.depth = 2;
  EXPECT_EQ(shown("*1\r\n*1\r\n:1\r\n", 1, limits), "[[1 ] ]\n");
  EXPECT_EQ(shown("*1\r\n*1\r\n*1\r\n:1\r\n", 1, limits), "broken\n");
}

TEST(ReplyReader, KeepsNoMoreThanCame) {
  ReplyReader reader;
  std::string_view bytes = "*1000\r\n$60000000\r\nabc";
  const auto reply = reader.read(bytes);
  ASSERT_TRUE(reply);
  EXPECT_FALSE(*reply);
  EXPECT_TRUE(bytes.empty());
}

}  // namespace
}  // namespace lectern::redis
