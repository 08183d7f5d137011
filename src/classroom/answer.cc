#include "classroom/answer.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "classroom/case_fold.h"
#include "gate/sanitiser.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;
using gate::QuestionKind;
using Indices = std::vector<std::int64_t>;

bool names_option(const gate::Question& question, std::int64_t index) {
  return index >= 0 && index < static_cast<std::int64_t>(question.options.size());
}

bool distinct_options(const gate::Question& question, const Indices& indices) {
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!names_option(question, indices[i])) return false;
    if (std::find(indices.begin(), indices.begin() + static_cast<std::ptrdiff_t>(i), indices[i]) !=
        indices.begin() + static_cast<std::ptrdiff_t>(i)) {
      return false;
    }
  }
  return true;
}

// -?digits(.digits)?, 1 to 15 of each.
bool is_decimal(std::string_view text) {
  constexpr std::size_t kMostDigits = 15;
  const auto digits = [&] {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
    text.remove_prefix(count);
    return count >= 1 && count <= kMostDigits;
  };
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  if (!digits()) return false;
  if (text.empty()) return true;
  if (text.front() != '.') return false;
  text.remove_prefix(1);
  return digits() && text.empty();
}

}  // namespace

std::variant<gate::Answer, Failure> read_answer(const gate::Question& question,
                                                const gate::Answer& given) {
  const auto* index = std::get_if<std::int64_t>(&given);
  const auto* text = std::get_if<std::string>(&given);
  const auto* indices = std::get_if<Indices>(&given);
  switch (question.kind) {
    case QuestionKind::single:
    case QuestionKind::poll:
      if (index != nullptr && names_option(question, *index)) return given;
      return invalid("answer", "must be the index of an option");
    case QuestionKind::boolean:
      if (index != nullptr && (*index == 0 || *index == 1)) return given;
      return invalid("answer", "must be 1 (true) or 0 (false)");
    case QuestionKind::multiple:
      if (indices != nullptr && !indices->empty() && distinct_options(question, *indices)) {
        auto ascending = *indices;
        std::sort(ascending.begin(), ascending.end());
        return gate::Answer(std::move(ascending));
      }
      return invalid("answer", "must be an array of distinct indices of options");
    case QuestionKind::order:
      if (indices != nullptr && indices->size() == question.options.size() &&
          distinct_options(question, *indices)) {
        return given;
      }
      return invalid("answer", "must be an array that names every option once");
    case QuestionKind::number:
      if (index != nullptr || (text != nullptr && is_decimal(*text))) return given;
      return invalid("answer", "must be an integer or a decimal number as a string");
    case QuestionKind::text:
      if (text != nullptr && !gate::is_blank(*text)) return given;
      return invalid("answer", "must be a string with visible characters");
  }
  return invalid("answer", "does not fit the question");
}

double number_of(const gate::Answer& answer) {
  if (const auto* integer = std::get_if<std::int64_t>(&answer)) {
    return static_cast<double>(*integer);
  }
  double number = 0;
  if (const auto* text = std::get_if<std::string>(&answer)) {
    std::from_chars(text->data(), text->data() + text->size(), number);
  }
  return number;
}

bool same_answer(const gate::Question& question, const gate::Answer& a, const gate::Answer& b) {
  if (question.kind == QuestionKind::number) return number_of(a) == number_of(b);
  if (question.kind == QuestionKind::text) {
    return fold_case(std::get<std::string>(a)) == fold_case(std::get<std::string>(b));
  }
  return a == b;
}

json::value to_json(const gate::Answer& answer) {
  if (const auto* integer = std::get_if<std::int64_t>(&answer)) return *integer;
  if (const auto* text = std::get_if<std::string>(&answer)) return json::value(*text);
  const auto& indices = std::get<Indices>(answer);
  return json::array(indices.begin(), indices.end());
}

std::optional<gate::Answer> answer_of(const json::value& value) {
  if (const auto* integer = value.if_int64()) return gate::Answer(*integer);
  if (const auto* text = value.if_string()) return gate::Answer(std::string(*text));
  const auto* array = value.if_array();
  if (array == nullptr) return std::nullopt;
  Indices indices;
  for (const auto& entry : *array) {
    const auto* index = entry.if_int64();
    if (index == nullptr) return std::nullopt;
    indices.push_back(*index);
  }
  return gate::Answer(std::move(indices));
}

}  // namespace lectern::classroom
