#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include <boost/json.hpp>

#include "gate/fields.h"
#include "gate/payloads.h"
#include "gate/sanitiser.h"

namespace lectern::gate {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxOptions = 10;
constexpr std::size_t kMaxAnswerText = 500;
constexpr std::size_t kMaxSpellings = 50;

std::string entry_path(std::string_view key, std::size_t index) {
  return std::string(key) + "." + std::to_string(index);
}

bool has_options(QuestionKind kind) {
  return kind == QuestionKind::single || kind == QuestionKind::multiple ||
         kind == QuestionKind::order || kind == QuestionKind::poll;
}

std::vector<std::string> read_options(Fields& fields, QuestionKind kind) {
  std::vector<std::string> options;
  const Length length = has_options(kind) ? Length{2, kMaxOptions} : Length{0, kMaxOptions};
  if (has_options(kind) && fields.require("options") == nullptr) return options;
  const auto* array = fields.optional_array("options", length);
  if (array == nullptr || array->empty()) return options;
  if (!has_options(kind) && kind != QuestionKind::boolean) {
    fields.fail("options", "must be absent for this kind of question");
    return options;
  }
  if (kind == QuestionKind::boolean && array->size() != 2) {
    fields.fail("options", "must have 2 entries, for false and for true");
    return options;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto path = entry_path("options", i);
    if (!fields.check_length((*array)[i], path, {1, kMaxAnswerText})) break;
    options.push_back(clean_text(std::string_view((*array)[i].get_string())));
    if (is_blank(options.back())) fields.fail(path, "must have visible characters");
  }
  return options;
}

// Distinct indices of options, in the order given.
std::vector<std::uint32_t> read_indices(Fields& fields, const json::value& value,
                                        std::size_t options, Length length) {
  std::vector<std::uint32_t> indices;
  const auto* array = value.if_array();
  if (array == nullptr || array->size() < length.least || array->size() > length.most) {
    fields.fail("correct", length.least == length.most
                               ? "must be an array that names every option once"
                               : "must be an array of the indices of the right options");
    return indices;
  }
  for (std::size_t i = 0; i < array->size(); ++i) {
    const auto index = safe_integer((*array)[i]);
    if (!index || *index < 0 || *index >= static_cast<std::int64_t>(options)) {
      fields.fail(entry_path("correct", i), "must be the index of an option");
      break;
    }
    const auto found = static_cast<std::uint32_t>(*index);
    if (std::find(indices.begin(), indices.end(), found) != indices.end()) {
      fields.fail(entry_path("correct", i), "must not name an option twice");
      break;
    }
    indices.push_back(found);
  }
  return indices;
}

std::optional<double> read_number(const json::value& value) {
  if (const auto integer = safe_integer(value)) return static_cast<double>(*integer);
  const auto* number = value.if_double();
  if (number == nullptr || std::abs(*number) > static_cast<double>(kMaxSafeInteger)) {
    return std::nullopt;
  }
  return *number;
}

NumberSolution read_number_solution(Fields& fields, json::value& value) {
  NumberSolution solution;
  if (auto* object = value.if_object()) {
    Fields inner(*object, fields.path_of("correct."), fields.error());
    for (const auto& [key, target] :
         {std::pair{"value", &solution.value}, std::pair{"tolerance", &solution.tolerance}}) {
      const auto* member = inner.require(key);
      const auto number = member != nullptr ? read_number(*member) : std::nullopt;
      if (!number) inner.fail(key, "must be a number");
      *target = number.value_or(0);
    }
    if (solution.tolerance < 0) inner.fail("tolerance", "must not be negative");
    inner.finish();
    return solution;
  }
  const auto number = read_number(value);
  if (!number) fields.fail("correct", "must be a number or {value, tolerance}");
  solution.value = number.value_or(0);
  return solution;
}

std::vector<std::string> read_spellings(Fields& fields, const json::value& value) {
  std::vector<std::string> spellings;
  const auto add = [&](const json::value& entry, const std::string& path) {
    if (!fields.check_length(entry, path, {1, kMaxAnswerText})) return;
    spellings.push_back(clean_text(std::string_view(entry.get_string())));
    if (is_blank(spellings.back())) fields.fail(path, "must have visible characters");
  };
  const auto* array = value.if_array();
  if (array == nullptr) {
    add(value, "correct");
  } else if (array->empty() || array->size() > kMaxSpellings) {
    fields.fail("correct", "must have 1 to 50 entries");
  } else {
    for (std::size_t i = 0; i < array->size() && !fields.failed(); ++i) {
      add((*array)[i], entry_path("correct", i));
    }
  }
  return spellings;
}

Solution read_solution(Fields& fields, QuestionKind kind, std::size_t options) {
  if (kind == QuestionKind::poll) {
    const auto* value = fields.find("correct");
    if (value != nullptr && !value->is_null()) fields.fail("correct", "must be absent for a poll");
    return {};
  }
  auto* value = fields.require("correct");
  if (value == nullptr || fields.failed()) return {};
  switch (kind) {
    case QuestionKind::single: {
      const auto index = safe_integer(*value);
      if (!index || *index < 0 || *index >= static_cast<std::int64_t>(options)) {
        fields.fail("correct", "must be the index of an option");
        return {};
      }
      return IndexSolution{static_cast<std::uint32_t>(*index)};
    }
    case QuestionKind::multiple: {
      auto indices = read_indices(fields, *value, options, {1, options});
      std::sort(indices.begin(), indices.end());
      return indices;
    }
    case QuestionKind::order: return read_indices(fields, *value, options, {options, options});
    case QuestionKind::boolean: return fields.optional_boolean("correct").value_or(false);
    case QuestionKind::number: return read_number_solution(fields, *value);
    case QuestionKind::text: return read_spellings(fields, *value);
    case QuestionKind::poll: break;
  }
  return {};
}

Question read_question(Fields& fields) {
  Question question;
  question.id = fields.optional_uuid("questionId");
  question.kind = static_cast<QuestionKind>(
      fields.word("kind", {"single", "multiple", "boolean", "number", "text", "order", "poll"}));
  question.text = fields.text("text", 1000);
  question.options = read_options(fields, question.kind);
  question.correct = read_solution(fields, question.kind, question.options.size());
  question.points = static_cast<std::uint32_t>(
      fields.optional_integer("points", 0, 10'000).value_or(question.points));
  question.time_limit_ms = fields.integer("timeLimitMs", 1000, 3'600'000);
  question.explanation = fields.optional_text("explanation", 2000).value_or("");
  fields.finish();
  return question;
}

std::vector<Question> read_questions(Fields& fields) {
  std::vector<Question> questions;
  if (fields.require("questions") == nullptr) return questions;
  auto* array = fields.optional_array("questions", {1, 100});
  if (array == nullptr) return questions;
  questions.reserve(array->size());
  for (std::size_t i = 0; i < array->size() && !fields.failed(); ++i) {
    const auto path = entry_path("questions", i);
    auto* object = (*array)[i].if_object();
    if (object == nullptr) {
      fields.fail(path, "must be an object");
      break;
    }
    Fields inner(*object, path + ".", fields.error());
    auto question = read_question(inner);
    const auto repeats = std::any_of(questions.begin(), questions.end(), [&](const auto& other) {
      return question.id && other.id == question.id;
    });
    if (repeats) inner.fail("questionId", "must not be that of another question");
    questions.push_back(std::move(question));
  }
  return questions;
}

}  // namespace

Parsed<QuizCreate> parse_quiz_create(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  QuizCreate create;
  create.room = fields.uuid("roomId");
  create.title = fields.name("title", 200);
  create.questions = read_questions(fields);
  create.scoring =
      static_cast<Scoring>(fields.word("scoring", {"speed", "linear", "flat", "none"}, 0));
  create.streaks = fields.optional_boolean("streaks").value_or(false);
  create.prepare_ms = fields.optional_integer("prepareMs", 0, 60'000).value_or(0);
  return parsed(std::move(create), fields);
}

Parsed<HostCommand> parse_host_command(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  HostCommand command;
  command.session = fields.uuid("sessionId");
  if (const auto version = fields.optional_integer("expectedVersion", 0, kMaxSafeInteger)) {
    command.expected_version = static_cast<std::uint64_t>(*version);
  }
  return parsed(command, fields);
}

Parsed<QuizAnswer> parse_quiz_answer(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  QuizAnswer answer;
  answer.session = fields.uuid("sessionId");
  answer.question = fields.uuid("questionId");
  fields.optional_integer("timestamp", 0, kMaxSafeInteger);
  const auto* value = fields.require("answer");
  if (value == nullptr) return parsed(std::move(answer), fields);
  if (const auto integer = safe_integer(*value)) {
    answer.answer = *integer;
  } else if (value->is_string()) {
    fields.check_length(*value, "answer", {0, kMaxAnswerText});
    answer.answer = clean_text(std::string_view(value->get_string()));
  } else if (const auto* array = value->if_array()) {
    std::vector<std::int64_t> integers;
    if (array->size() > kMaxOptions) fields.fail("answer", "must have at most 10 entries");
    for (std::size_t i = 0; i < array->size() && !fields.failed(); ++i) {
      const auto entry = safe_integer((*array)[i]);
      if (!entry) fields.fail(entry_path("answer", i), "must be an integer");
      integers.push_back(entry.value_or(0));
    }
    answer.answer = std::move(integers);
  } else {
    fields.fail("answer", "must be an integer, a string or an array of integers");
  }
  return parsed(std::move(answer), fields);
}

Parsed<QuizState> parse_quiz_state(json::object& payload) {
  std::optional<ValidationError> error;
  Fields fields(payload, "", error);
  return parsed(QuizState{fields.uuid("sessionId")}, fields);
}

}  // namespace lectern::gate
