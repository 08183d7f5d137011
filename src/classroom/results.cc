#include "classroom/results.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/csv.h"
#include "classroom/answer.h"
#include "classroom/quiz_payloads.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;

std::string answer_text(const ResultRow& row) {
  if (row.answer == nullptr) return {};
  if (const auto* text = std::get_if<std::string>(&row.answer->answer)) return *text;
  return json::serialize(to_json(row.answer->answer));
}

// None: a poll.
std::optional<bool> right(const ResultRow& row) {
  if (row.question->kind == gate::QuestionKind::poll) return std::nullopt;
  return row.answer != nullptr && row.answer->right.value_or(false);
}

}  // namespace

std::vector<ResultRow> results(const QuizState& quiz) {
  std::vector<ResultRow> rows;
  std::vector<std::int64_t> totals(quiz.players.size(), 0);
  for (std::size_t index = 0; index < quiz.asked; ++index) {
    const auto& round = *round_of(quiz, index);
    if (round.reason.empty()) break;
    for (std::uint32_t i = 0; i < quiz.players.size(); ++i) {
      const auto& player = quiz.players[i];
      const auto answer = round.by_player.find(i);
      const auto* given =
          answer != round.by_player.end() ? &round.answers[answer->second] : nullptr;
      if (given != nullptr) totals[i] = given->total;
      rows.push_back(
          {player.user_id, player.username, &(*quiz.questions)[index], index, given, totals[i]});
    }
  }
  return rows;
}

json::array results_json(const QuizState& quiz) {
  json::array array;
  for (const auto& row : results(quiz)) {
    json::object object{{"userId", row.user_id},
                        {"username", row.username},
                        {"questionId", row.question->id->to_string()},
                        {"index", row.index},
                        {"question", row.question->text},
                        {"answer", nullptr},
                        {"correct", nullptr},
                        {"timeMs", nullptr},
                        {"points", row.answer != nullptr ? row.answer->score : 0},
                        {"total", row.total}};
    if (row.answer != nullptr) {
      object["answer"] = to_json(row.answer->answer);
      object["timeMs"] = row.answer->time_ms;
    }
    if (const auto truth = right(row)) object["correct"] = *truth;
    array.push_back(std::move(object));
  }
  return array;
}

std::string results_csv(const QuizState& quiz) {
  std::string csv = "userId,username,question,answer,correct,timeMs,points,total\r\n";
  for (const auto& row : results(quiz)) {
    const auto truth = right(row);
    const auto time = row.answer != nullptr ? std::to_string(row.answer->time_ms) : std::string();
    const auto points = std::to_string(row.answer != nullptr ? row.answer->score : 0);
    const std::string answer = answer_text(row);
    const std::string total = std::to_string(row.total);
    const std::string_view correct = !truth ? "" : *truth ? "true" : "false";
    std::string_view separator;
    for (const std::string_view cell :
         {row.user_id, row.username, std::string_view(row.question->text), std::string_view(answer),
          correct, std::string_view(time), std::string_view(points), std::string_view(total)}) {
      csv += separator;
      append_csv_cell(csv, cell);
      separator = ",";
    }
    csv += "\r\n";
  }
  return csv;
}

}  // namespace lectern::classroom
