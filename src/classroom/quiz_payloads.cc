#include "classroom/quiz_payloads.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>

#include <boost/json/serialize.hpp>

#include "classroom/answer.h"
#include "classroom/case_fold.h"
#include "classroom/question_record.h"

namespace lectern::classroom {
namespace {

namespace json = boost::json;

constexpr std::size_t kTop = 10;

// Equal answers have equal keys; the answer as given first is shown.
std::string answer_key(const gate::Question& question, const gate::Answer& answer) {
  if (question.kind == gate::QuestionKind::number)
    return json::serialize(json::value(number_of(answer)));
  if (const auto* text = std::get_if<std::string>(&answer)) return fold_case(*text);
  return json::serialize(to_json(answer));
}

json::array most_frequent(const gate::Question& question, const Round& round) {
  struct Count {
    const gate::Answer* answer;
    std::uint32_t count;
  };
  std::vector<Count> counts;
  std::unordered_map<std::string, std::size_t> by_key;
  for (const auto& given : round.answers) {
    const auto [entry, added] = by_key.emplace(answer_key(question, given.answer), counts.size());
    if (added) counts.push_back({&given.answer, 0});
    ++counts[entry->second].count;
  }
  std::stable_sort(counts.begin(), counts.end(),
                   [](const Count& a, const Count& b) { return a.count > b.count; });
  json::array array;
  for (const auto& [answer, count] : counts) {
    if (array.size() == kTop) break;
    array.push_back({{"answer", to_json(*answer)}, {"count", count}});
  }
  return array;
}

}  // namespace

Ranking::Ranking(std::vector<std::int64_t> totals) : descending_(std::move(totals)) {
  std::sort(descending_.begin(), descending_.end(), std::greater<>());
}

std::uint32_t Ranking::rank_of(std::int64_t total) const {
  const auto first =
      std::lower_bound(descending_.begin(), descending_.end(), total, std::greater<>());
  return static_cast<std::uint32_t>(first - descending_.begin()) + 1;
}

const Round* round_of(const QuizState& quiz, std::size_t index) {
  if (index < quiz.rounds.size()) return quiz.rounds[index].get();
  return quiz.shown() && index == quiz.current.index ? &quiz.current : nullptr;
}

const GivenAnswer* answer_in(const QuizState& quiz, const Round& round, std::string_view user_id) {
  const auto player = quiz.player_by_user.find(std::string(user_id));
  if (player == quiz.player_by_user.end()) return nullptr;
  const auto answer = round.by_player.find(player->second);
  return answer != round.by_player.end() ? &round.answers[answer->second] : nullptr;
}

std::vector<std::int64_t> totals_of(const QuizState& quiz) {
  std::vector<std::int64_t> totals;
  totals.reserve(quiz.players.size());
  for (const auto& player : quiz.players) totals.push_back(player.total);
  return totals;
}

json::object question_payload(const QuizState& quiz, const Round& round,
                              std::uint64_t phase_version, TimeMs now) {
  const auto& question = (*quiz.questions)[round.index];
  return {{"sessionId", quiz.id.to_string()},
          {"questionId", question.id->to_string()},
          {"index", round.index},
          {"total", quiz.questions->size()},
          {"kind", gate::name_of(question.kind)},
          {"text", question.text},
          {"options", json::array(question.options.begin(), question.options.end())},
          {"points", question.points},
          {"timeLimitMs", question.time_limit_ms},
          {"opensAt", round.opens_at},
          {"closesAt", round.closes_at},
          {"serverTime", now},
          {"version", phase_version}};
}

json::object closed_payload(const QuizState& quiz, const Round& round, std::string_view reason,
                            std::uint64_t phase_version) {
  const auto& question = (*quiz.questions)[round.index];
  return {{"sessionId", quiz.id.to_string()},
          {"questionId", question.id->to_string()},
          {"index", round.index},
          {"reason", reason},
          {"correct", to_json(question.correct)},
          {"distribution", distribution(question, round)},
          {"explanation", question.explanation},
          {"version", phase_version}};
}

json::object score_fields(const gate::Question& question, const Score& score) {
  json::value right;
  if (score.right) right = *score.right;
  return {{"questionId", question.id->to_string()},
          {"correct", std::move(right)},
          {"score", score.score},
          {"newTotal", score.total},
          {"rank", score.rank},
          {"streak", score.streak}};
}

json::object score_payload(const QuizState& quiz, const gate::Question& question,
                           const Score& score) {
  json::object payload{{"sessionId", quiz.id.to_string()}};
  const auto fields = score_fields(question, score);
  payload.insert(fields.begin(), fields.end());
  return payload;
}

json::object leaderboard_payload(const QuizState& quiz, std::span<const std::int64_t> totals,
                                 std::uint64_t version) {
  std::vector<std::size_t> order(totals.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto top = static_cast<std::ptrdiff_t>(std::min(kTop, order.size()));
  std::partial_sort(order.begin(), order.begin() + top, order.end(),
                    [&](std::size_t a, std::size_t b) {
                      return totals[a] != totals[b] ? totals[a] > totals[b] : a < b;
                    });
  order.resize(static_cast<std::size_t>(top));
  json::array entries;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto player = order[i];
    const bool tied = i > 0 && totals[order[i - 1]] == totals[player];
    const json::value rank = tied ? entries.back().at("rank") : json::value(i + 1);
    entries.push_back({{"rank", rank},
                       {"userId", quiz.players[player].user_id},
                       {"username", quiz.players[player].username},
                       {"total", totals[player]}});
  }
  return {{"sessionId", quiz.id.to_string()},
          {"version", version},
          {"top", std::move(entries)},
          {"participants", totals.size()}};
}

json::array distribution(const gate::Question& question, const Round& round) {
  if (round.counts.empty()) return most_frequent(question, round);
  return json::array(round.counts.begin(), round.counts.end());
}

}  // namespace lectern::classroom
