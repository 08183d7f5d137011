#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

#include "gate/clean_html.h"
#include "gate/code_points.h"
#include "gate/payloads.h"

namespace {

using namespace lectern::gate;

template <class Parse>
void check(const boost::json::object& payload, Parse parse) {
  auto copy = payload;
  const auto result = parse(copy);
  if (result.index() == 1 &&
      !std::get<ValidationError>(result).message.starts_with("Validation error: ")) {
    std::abort();
  }
}

}  // namespace

// Properties: every payload is parsed or refused with the promised words; an accepted message is
// clean and within its bounds; an accepted quiz points only at options that it has.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  boost::json::error_code error;
  const auto value = boost::json::parse({reinterpret_cast<const char*>(bytes), size}, error);
  if (error || !value.is_object()) return 0;
  const auto& payload = value.get_object();
  check(payload, parse_user_action);
  check(payload, parse_room_create);
  check(payload, parse_room_configure);
  check(payload, parse_room_close);
  check(payload, parse_room_participants);
  check(payload, parse_chat_history);
  check(payload, parse_chat_moderate);
  check(payload, parse_host_command);
  check(payload, parse_quiz_answer);
  check(payload, parse_quiz_state);
  check(payload, parse_auth_refresh);
  check(payload, parse_ping);
  check(payload, parse_chat_message);
  check(payload, parse_quiz_create);

  auto copy = payload;
  const auto chat = parse_chat_message(copy);
  if (const auto* message = std::get_if<ChatMessage>(&chat)) {
    if (message->content.empty()) std::abort();
    if (message->type == ContentType::text && !is_clean_html(message->content)) std::abort();
    if (count_code_points(message->client_id) > 64) std::abort();
  }
  copy = payload;
  const auto quiz = parse_quiz_create(copy);
  if (const auto* create = std::get_if<QuizCreate>(&quiz)) {
    for (const auto& question : create->questions) {
      const auto* index = std::get_if<IndexSolution>(&question.correct);
      if (index != nullptr && index->index >= question.options.size()) std::abort();
      if (question.options.size() > 10) std::abort();
    }
  }
  return 0;
}
