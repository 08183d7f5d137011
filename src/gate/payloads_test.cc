#include "gate/payloads.h"

#include <string>

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace lectern::gate {
namespace {

namespace json = boost::json;

constexpr std::string_view kRoom = "\"roomId\":\"3b241101-e2bb-4255-8caf-4136c566a962\"";

json::object object(std::string_view text) { return std::move(json::parse(text).as_object()); }

std::string chat(std::string_view more) {
  return "{" + std::string(kRoom) + "," + std::string(more) + "}";
}

template <class Parse>
std::string refused_field(Parse parse, std::string_view text) {
  auto payload = object(text);
  const auto result = parse(payload);
  if (result.index() == 0) return "accepted";
  const auto& error = std::get<ValidationError>(result);
  EXPECT_TRUE(error.message.starts_with("Validation error: ")) << error.message;
  return error.field;
}

template <class Parse>
auto accepted(Parse parse, std::string_view text) {
  auto payload = object(text);
  auto result = parse(payload);
  if (result.index() == 1) ADD_FAILURE() << std::get<ValidationError>(result).message;
  return std::move(std::get<0>(result));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// D1
TEST(PayloadOf, TakesNothingAndNullForAnEmptyObject) {
  for (const auto* args : {"[]", "[null]", "[{}]"}) {
    auto array = json::parse(args).as_array();
    EXPECT_TRUE(std::get<json::object>(payload_of(array)).empty()) << args;
  }
  for (const auto* args : {"[1]", "[[]]", "[\"x\"]", "[{},{}]"}) {
    auto array = json::parse(args).as_array();
    EXPECT_EQ(std::get<ValidationError>(payload_of(array)).field, "") << args;
  }
}

// V2
TEST(ChatMessage, HasItsDefaults) {
  const auto message = accepted(parse_chat_message, chat("\"content\":\"hi\""));
  EXPECT_EQ(message.room.to_string(), "3b241101-e2bb-4255-8caf-4136c566a962");
  EXPECT_EQ(message.type, ContentType::text);
  EXPECT_EQ(message.content, "hi");
  EXPECT_FALSE(message.reply_to);
  EXPECT_TRUE(message.client_id.empty());
}

TEST(ChatMessage, ContentIsSanitised) {
  EXPECT_EQ(accepted(parse_chat_message, chat(R"("content":"<b onclick=x>a</b> < b")")).content,
            "<b>a</b> &lt; b");
}

// D70, D72: what was typed counts, in code points.
TEST(ChatMessage, CountsTheCodePointsThatWereTyped) {
  const auto thousand = repeated("\xf0\x9f\x98\x80", 1000);
  EXPECT_EQ(accepted(parse_chat_message, chat("\"content\":\"" + thousand + "\"")).content,
            thousand);
  EXPECT_EQ(refused_field(parse_chat_message, chat("\"content\":\"" + thousand + "x\"")),
            "content");
  EXPECT_EQ(
      accepted(parse_chat_message, chat("\"content\":\"" + repeated("<", 1000) + "\"")).content,
      repeated("&lt;", 1000));
}

// V8, V10, D73: escaping makes a message longer, and nothing of what was typed is lost for it.
TEST(ChatMessage, EscapedContentMayBeLongerThanWhatMayBeTyped) {
  const auto typed = [](std::size_t count) {
    return chat("\"content\":\"" + repeated("<", count) + "\"");
  };
  EXPECT_EQ(accepted(parse_chat_message, typed(1000)).content, repeated("&lt;", 1000));
  EXPECT_EQ(refused_field(parse_chat_message, typed(1001)), "content");
}

// D75
TEST(ChatMessage, RefusesContentThatIsEmptyAfterCleaning) {
  for (const auto* content : {"", "   ", "<script>x</script>", "<b></b>", "&nbsp;", "\\u202e"}) {
    EXPECT_EQ(
        refused_field(parse_chat_message, chat("\"content\":\"" + std::string(content) + "\"")),
        "content");
  }
}

TEST(ChatMessage, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(refused_field(parse_chat_message, "{}"), "roomId");
  EXPECT_EQ(refused_field(parse_chat_message, chat("\"content\":5")), "content");
  EXPECT_EQ(refused_field(parse_chat_message, chat("\"content\":null")), "content");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","type":"html")")), "type");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","colour":1)")), "colour");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","__proto__":{})")),
            "__proto__");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","metadata":[])")), "metadata");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","metadata":{"__proto__":1})")),
            "metadata.__proto__");
  EXPECT_EQ(refused_field(parse_chat_message,
                          chat(R"("content":"x","metadata":{"mentions":["a","b",3]})")),
            "metadata.mentions.2");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","clientId":"")")), "clientId");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","metadata":{"replyTo":""})")),
            "metadata.replyTo");
}

// D79
TEST(ChatMessage, AcceptsTheCanonicalUuidAlone) {
  for (const auto* id :
       {"3B241101-E2BB-4255-8CAF-4136C566A962", "{3b241101-e2bb-4255-8caf-4136c566a962}",
        "3b241101e2bb42558caf4136c566a962", " 3b241101-e2bb-4255-8caf-4136c566a962"}) {
    EXPECT_EQ(refused_field(parse_chat_message,
                            "{\"content\":\"x\",\"roomId\":\"" + std::string(id) + "\"}"),
              "roomId");
  }
}

// D76
TEST(ChatMessage, MentionsAreFewShortAndClean) {
  const auto message = accepted(parse_chat_message,
                                chat(R"("content":"x","metadata":{"mentions":["<b>ann","ben"]})"));
  EXPECT_EQ(message.mentions, (std::vector<std::string>{"bann", "ben"}));
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","metadata":{"mentions":[)" +
                                                   repeated("\"a\",", 10) + "\"a\"]}")),
            "metadata.mentions");
  EXPECT_EQ(refused_field(parse_chat_message, chat(R"("content":"x","metadata":{"mentions":[")" +
                                                   repeated("a", 65) + "\"]}")),
            "metadata.mentions.0");
}

// D81
TEST(ChatMessage, ImagesAndFilesAreOneWebAddress) {
  const auto content = [](std::string_view url) {
    return chat("\"type\":\"image\",\"content\":\"" + std::string(url) + "\"");
  };
  for (const auto* url :
       {"https://example.org/a.png?x=1&y=2#z", "HTTP://example.org", "http://[2001:db8::1]:8080/",
        "http://b\xc3\xbc"
        "cher.example/ü"}) {
    EXPECT_EQ(accepted(parse_chat_message, content(url)).content, url);
  }
  for (const auto* url :
       {"javascript:alert(1)", "//example.org/a", "/a.png", "https://", "https:///a",
        "https://user@example.org/", "https://a:b@example.org/", "https://example.org/a b",
        "https://example.org/<b>", "https://example.org:99999/", "https://example.org:/",
        "data:text/html,x", "ftp://example.org/", "https://example.org/\\u202e",
        "https://example.org\\\\@evil.example/", "x https://example.org", "https://[::1"}) {
    EXPECT_EQ(refused_field(parse_chat_message, content(url)), "content") << url;
  }
}

// V4, D76
TEST(UserAction, HasFourWordsARoomAndWhatWasSeenLast) {
  const auto action = accepted(
      parse_user_action,
      R"({"action":"join","target":"3b241101-e2bb-4255-8caf-4136c566a962","metadata":{"after":7}})");
  EXPECT_EQ(action.action, UserAction::Action::join);
  EXPECT_EQ(action.after, 7U);
  EXPECT_EQ(refused_field(parse_user_action, R"({"action":"dance"})"), "action");
  EXPECT_EQ(refused_field(parse_user_action, R"({"action":"join","target":"room"})"), "target");
  EXPECT_EQ(
      refused_field(
          parse_user_action,
          R"({"action":"join","target":"3b241101-e2bb-4255-8caf-4136c566a962","metadata":{"x":7}})"),
      "metadata.x");
}

TEST(RoomCreate, NamesAreCleanAndNeverEmpty) {
  EXPECT_EQ(accepted(parse_room_create, R"({"name":" <i>Algebra\u202e 1 "})").name, "iAlgebra 1");
  EXPECT_EQ(refused_field(parse_room_create, R"({"name":"<>"})"), "name");
  EXPECT_EQ(refused_field(parse_room_create, R"({"name":"x","kind":"<b>"})"), "kind");
  const auto create =
      accepted(parse_room_create,
               R"({"name":"x","kind":"staff","options":{"private":true,"maxMembers":9}})");
  EXPECT_EQ(create.kind, "staff");
  EXPECT_EQ(create.options.is_private, true);
  EXPECT_EQ(create.options.max_members, 9U);
  EXPECT_EQ(refused_field(parse_room_create, R"({"name":"x","options":{"private":1}})"),
            "options.private");
}

TEST(RoomConfigure, TellsAnEmptyListFromNone) {
  EXPECT_FALSE(accepted(parse_room_configure, chat("\"name\":\"x\"")).co_hosts);
  EXPECT_TRUE(accepted(parse_room_configure, chat("\"coHosts\":[]")).co_hosts->empty());
  EXPECT_EQ(refused_field(parse_room_configure, chat("\"coHosts\":[\"\"]")), "coHosts.0");
}

TEST(ChatHistory, PagesHaveAtMostAThousandMessages) {
  EXPECT_EQ(accepted(parse_chat_history, chat("\"before\":9")).limit, 50U);
  EXPECT_EQ(accepted(parse_chat_history, chat("\"limit\":1000")).limit, 1000U);
  EXPECT_EQ(refused_field(parse_chat_history, chat("\"limit\":1001")), "limit");
  EXPECT_EQ(refused_field(parse_chat_history, chat("\"limit\":0")), "limit");
  EXPECT_EQ(refused_field(parse_chat_history, chat("\"after\":-1")), "after");
}

// D78: one number type, no strings for numbers, nothing beyond what JavaScript counts exactly.
TEST(Integers, AreNotCoercedAndHaveNoFraction) {
  EXPECT_EQ(accepted(parse_ping, R"({"sentAt":5})").sent_at, 5);
  EXPECT_EQ(accepted(parse_ping, R"({"sentAt":5.0})").sent_at, 5);
  EXPECT_EQ(accepted(parse_ping, R"({"sentAt":9007199254740991})").sent_at, 9007199254740991);
  for (const auto* value : {"5.5", "\"5\"", "true", "null", "9007199254740992", "1e300",
                            "18446744073709551615", "[5]"}) {
    EXPECT_EQ(refused_field(parse_ping, "{\"sentAt\":" + std::string(value) + "}"), "sentAt")
        << value;
  }
}

TEST(ChatModerate, AsksForWhatTheActionNeeds) {
  EXPECT_EQ(refused_field(parse_chat_moderate, chat("\"action\":\"delete\"")), "messageId");
  EXPECT_EQ(refused_field(parse_chat_moderate, chat("\"action\":\"mute\"")), "targetUserId");
  const auto mute =
      accepted(parse_chat_moderate,
               chat(R"("action":"mute","targetUserId":"u1","durationMs":60000,"reason":"noise")"));
  EXPECT_EQ(mute.target_user, "u1");
  EXPECT_EQ(mute.duration_ms, 60000);
  EXPECT_EQ(refused_field(parse_chat_moderate,
                          chat(R"("action":"ban","targetUserId":"u1","durationMs":0)")),
            "durationMs");
}

TEST(RoomParticipants, HasACursorAndALimit) {
  EXPECT_EQ(accepted(parse_room_participants, chat("\"limit\":3")).limit, 3U);
  EXPECT_EQ(refused_field(parse_room_participants, chat("\"cursor\":4")), "cursor");
}

TEST(AuthRefresh, WantsAToken) {
  EXPECT_EQ(accepted(parse_auth_refresh, R"({"token":"a.b.c"})").token, "a.b.c");
  EXPECT_EQ(refused_field(parse_auth_refresh, "{}"), "token");
}

TEST(Words, AreThoseOfTheWire) {
  EXPECT_EQ(name_of(QuestionKind::boolean), "boolean");
  EXPECT_EQ(question_kind("poll"), QuestionKind::poll);
  EXPECT_EQ(name_of(ChatModerate::Action::delete_message), "delete");
  EXPECT_EQ(scoring("slow"), std::nullopt);
  EXPECT_EQ(content_type("file"), ContentType::file);
  EXPECT_EQ(moderation("unban"), ChatModerate::Action::unban);
}

}  // namespace
}  // namespace lectern::gate
