#include "classroom/question_record.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "classroom/record.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;
using gate::QuestionKind;

// Bounds within which points_for() computes without overflow.
constexpr std::int64_t kLeastLimitMs = 1000;
constexpr std::int64_t kMostLimitMs = 86'400'000;
constexpr double kMostSafe = 9007199254740991.0;  // 2^53 − 1

json::value number_json(double number) {
  if (std::trunc(number) == number && std::abs(number) <= kMostSafe) {
    return static_cast<std::int64_t>(number);
  }
  return number;
}

std::optional<double> number_of_record(const json::value& value) {
  if (const auto* integer = value.if_int64()) return static_cast<double>(*integer);
  if (const auto* number = value.if_double()) return *number;
  return std::nullopt;
}

std::optional<std::vector<std::string>> strings_of(const json::array& array) {
  std::vector<std::string> strings;
  for (const auto& entry : array) {
    const auto* text = entry.if_string();
    if (text == nullptr) return std::nullopt;
    strings.emplace_back(*text);
  }
  return strings;
}

std::optional<std::vector<std::uint32_t>> indices_of(const json::value& value,
                                                     std::size_t options) {
  const auto* array = value.if_array();
  if (array == nullptr || array->empty()) return std::nullopt;
  std::vector<std::uint32_t> indices;
  for (const auto& entry : *array) {
    const auto* index = entry.if_int64();
    if (index == nullptr || *index < 0 || *index >= static_cast<std::int64_t>(options)) {
      return std::nullopt;
    }
    indices.push_back(static_cast<std::uint32_t>(*index));
  }
  return indices;
}

std::optional<gate::Solution> number_solution_of(const json::value& value) {
  if (const auto number = number_of_record(value)) return gate::NumberSolution{*number, 0};
  Record record(value);
  const auto number = number_of_record(record.value("value"));
  const auto tolerance = number_of_record(record.value("tolerance"));
  if (!number || !tolerance) return std::nullopt;
  return gate::NumberSolution{*number, *tolerance};
}

template <class T>
std::optional<gate::Solution> solution_from(std::optional<T> value) {
  if (!value) return std::nullopt;
  return gate::Solution(std::move(*value));
}

std::optional<gate::Solution> solution_of(QuestionKind kind, const json::value& value,
                                          std::size_t options) {
  switch (kind) {
    case QuestionKind::single: {
      const auto indices = indices_of(json::array{value}, options);
      if (!indices) return std::nullopt;
      return gate::IndexSolution{indices->front()};
    }
    case QuestionKind::multiple:
    case QuestionKind::order: return solution_from(indices_of(value, options));
    case QuestionKind::boolean:
      if (!value.is_bool()) return std::nullopt;
      return gate::Solution(value.get_bool());
    case QuestionKind::number: return number_solution_of(value);
    case QuestionKind::text:
      if (!value.is_array() || value.get_array().empty()) return std::nullopt;
      return solution_from(strings_of(value.get_array()));
    case QuestionKind::poll: break;
  }
  return gate::Solution{};
}

bool has_options(QuestionKind kind) {
  return kind == QuestionKind::single || kind == QuestionKind::multiple ||
         kind == QuestionKind::order || kind == QuestionKind::poll;
}

}  // namespace

json::object to_record(const gate::Question& question) {
  return {{"questionId", question.id->to_string()},
          {"kind", gate::name_of(question.kind)},
          {"text", question.text},
          {"options", json::array(question.options.begin(), question.options.end())},
          {"correct", to_json(question.correct)},
          {"points", question.points},
          {"timeLimitMs", question.time_limit_ms},
          {"explanation", question.explanation}};
}

std::optional<gate::Question> question_of(const json::value& value) {
  Record record(value);
  gate::Question question;
  question.id = record.uuid("questionId");
  const auto kind = gate::question_kind(record.string("kind"));
  question.text = record.string("text");
  auto options = strings_of(record.array("options"));
  const auto points = record.natural("points");
  question.time_limit_ms = record.integer("timeLimitMs");
  question.explanation = record.string("explanation");
  if (!record.good() || !kind || !options) return std::nullopt;
  if (has_options(*kind) && options->size() < 2) return std::nullopt;
  if (question.time_limit_ms < kLeastLimitMs || question.time_limit_ms > kMostLimitMs ||
      points > std::numeric_limits<std::uint32_t>::max()) {
    return std::nullopt;
  }
  auto solution = solution_of(*kind, record.value("correct"), options->size());
  if (!solution) return std::nullopt;
  question.kind = *kind;
  question.options = std::move(*options);
  question.points = static_cast<std::uint32_t>(points);
  question.correct = std::move(*solution);
  return question;
}

json::value to_json(const gate::Solution& solution) {
  if (const auto* index = std::get_if<gate::IndexSolution>(&solution)) return index->index;
  if (const auto* truth = std::get_if<bool>(&solution)) return *truth;
  if (const auto* indices = std::get_if<std::vector<std::uint32_t>>(&solution)) {
    return json::array(indices->begin(), indices->end());
  }
  if (const auto* number = std::get_if<gate::NumberSolution>(&solution)) {
    if (number->tolerance == 0) return number_json(number->value);
    return {{"value", number_json(number->value)}, {"tolerance", number_json(number->tolerance)}};
  }
  if (const auto* spellings = std::get_if<std::vector<std::string>>(&solution)) {
    return json::array(spellings->begin(), spellings->end());
  }
  return nullptr;
}

}  // namespace lectern::classroom
