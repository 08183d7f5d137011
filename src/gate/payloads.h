#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/fwd.hpp>

#include "base/time.h"
#include "base/uuid.h"

// The payload of every client event, typed. Source: docs/protocol.md, "Events a client sends".
//
// The parse functions take what they want out of the object and leave the rest unspecified. They
// accept exactly the documented keys; types are never coerced, except that a number without a
// fraction is an integer however it was spelled (5, 5.0, 5e0: JSON has one number type). Integers
// lie within ±(2^53 − 1). Lengths count Unicode code points of what was typed, before cleaning.
// Strings that other people get to see come out clean:
//   content of a text message  sanitise() of sanitiser.h, HTML
//   names, titles, mentions    clean_name(); user ids are refused when it would change them
//   question texts, options, explanations, text answers, reasons   clean_text(), plain text
namespace lectern::gate {

// Why a payload was refused.
struct ValidationError {
  std::string field;    // dotted path, "questions.0.options.1"; empty: the payload as a whole
  std::string message;  // "Validation error: content must have 1 to 1000 characters"
};

template <class T>
using Parsed = std::variant<T, ValidationError>;

// The payload among an event's arguments (the name not included): none and null are {}.
// Error: more than one argument, or one that is no object.
Parsed<boost::json::object> payload_of(boost::json::array& args);

struct UserAction {  // user:action
  enum class Action { join, leave, typing, stop_typing };
  Action action{};
  Uuid target;                         // room
  std::optional<std::uint64_t> after;  // metadata.after: last seq seen
};

struct RoomOptions {
  std::optional<bool> is_private;            // "private"
  std::optional<std::uint32_t> max_members;  // "maxMembers", 1 to 100000
};

struct RoomCreate {              // room:create
  std::string name;              // 1 to 100
  std::string kind = "lecture";  // a word of 1 to 32 of a-z 0-9 _ -
  RoomOptions options;
};

struct RoomConfigure {  // room:configure; absent fields stay as they are
  Uuid room;
  std::optional<std::string> name;
  std::optional<std::vector<std::string>> co_hosts;  // user ids, at most 50
  RoomOptions options;
};

struct RoomClose {  // room:close
  Uuid room;
};

struct RoomParticipants {  // room:participants
  Uuid room;
  std::string cursor;         // as answered before; empty: from the start
  std::uint32_t limit = 100;  // 1 to 1000
};

enum class ContentType { text, image, file };

struct ChatMessage {  // chat:message
  Uuid room;
  ContentType type = ContentType::text;
  std::string content;  // text: sanitised HTML, never blank; image, file: an http(s) URL
  std::optional<Uuid> reply_to;
  std::vector<std::string> mentions;  // at most 10 of 64
  std::string client_id;              // 1 to 64 characters; empty: none
};

struct ChatHistory {  // chat:history; before and after are exclusive seq
  Uuid room;
  std::optional<std::uint64_t> before;
  std::optional<std::uint64_t> after;
  std::uint32_t limit = 50;  // 1 to 1000
};

struct ChatModerate {  // chat:moderate
  enum class Action { delete_message, mute, unmute, kick, ban, unban };
  Uuid room;
  Action action{};
  std::optional<Uuid> message;              // set for delete
  std::string target_user;                  // set for all others
  std::optional<std::int64_t> duration_ms;  // 1 to 365 days; none: until lifted
  std::string reason;
};

enum class QuestionKind { single, multiple, boolean, number, text, order, poll };
enum class Scoring { speed, linear, flat, none };

struct NumberSolution {
  double value = 0;
  double tolerance = 0;  // never negative
};

// What is right, by kind:
//   poll monostate · single index · multiple ascending indices · boolean bool · number
//   NumberSolution · text accepted spellings · order indices in the right order
struct IndexSolution {
  std::uint32_t index = 0;
};
using Solution = std::variant<std::monostate, IndexSolution, std::vector<std::uint32_t>, bool,
                              NumberSolution, std::vector<std::string>>;

struct Question {
  std::optional<Uuid> id;
  QuestionKind kind{};
  std::string text;  // 1 to 1000
  std::vector<std::string>
      options;  // 2 to 10 of 1 to 500 for single, multiple, order, poll;
                // boolean: none or two, the labels of false and true; else none
  Solution correct;
  std::uint32_t points = 1000;     // 0 to 10000
  std::int64_t time_limit_ms = 0;  // 1000 to 3600000
  std::string explanation;         // at most 2000
};

struct QuizCreate {  // quiz:create
  Uuid room;
  std::string title;                // 1 to 200
  std::vector<Question> questions;  // 1 to 100, ids distinct
  Scoring scoring = Scoring::speed;
  bool streaks = false;
  std::int64_t prepare_ms = 0;  // 0 to 60000
};

struct HostCommand {  // quiz:start, quiz:next, quiz:close_question, quiz:pause, quiz:resume,
                      // quiz:end
  Uuid session;
  std::optional<std::uint64_t> expected_version;
};

using Answer = std::variant<std::int64_t, std::string, std::vector<std::int64_t>>;

// Whether the answer's type and range fit is the question's matter: a `number` question takes any
// integer, an index must name an option.
struct QuizAnswer {  // quiz:answer; a `timestamp` is accepted and ignored, the server's clock
                     // counts
  Uuid session;
  Uuid question;
  Answer answer;
};

struct QuizState {  // quiz:state
  Uuid session;
};

struct AuthRefresh {  // auth:refresh
  std::string token;  // 1 to 8192
};

struct Ping {  // ping
  std::optional<std::int64_t> sent_at;
};

Parsed<UserAction> parse_user_action(boost::json::object& payload);
Parsed<RoomCreate> parse_room_create(boost::json::object& payload);
Parsed<RoomConfigure> parse_room_configure(boost::json::object& payload);
Parsed<RoomClose> parse_room_close(boost::json::object& payload);
Parsed<RoomParticipants> parse_room_participants(boost::json::object& payload);
Parsed<ChatMessage> parse_chat_message(boost::json::object& payload);
Parsed<ChatHistory> parse_chat_history(boost::json::object& payload);
Parsed<ChatModerate> parse_chat_moderate(boost::json::object& payload);
Parsed<QuizCreate> parse_quiz_create(boost::json::object& payload);
Parsed<HostCommand> parse_host_command(boost::json::object& payload);
Parsed<QuizAnswer> parse_quiz_answer(boost::json::object& payload);
Parsed<QuizState> parse_quiz_state(boost::json::object& payload);
Parsed<AuthRefresh> parse_auth_refresh(boost::json::object& payload);
Parsed<Ping> parse_ping(boost::json::object& payload);

// The words of the wire: "single", "speed", "text", "delete".
std::string_view name_of(QuestionKind kind);
std::string_view name_of(Scoring scoring);
std::string_view name_of(ContentType type);
std::string_view name_of(ChatModerate::Action action);
std::optional<QuestionKind> question_kind(std::string_view name);
std::optional<Scoring> scoring(std::string_view name);
std::optional<ContentType> content_type(std::string_view name);
std::optional<ChatModerate::Action> moderation(std::string_view name);

}  // namespace lectern::gate
