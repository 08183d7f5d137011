#include "app/sleeping_room.h"

#include <boost/json/serialize.hpp>

#include "classroom/quiz_views.h"

namespace lectern::app {
namespace {

constexpr std::size_t kPage = 500;

// False: the log holds less than it held, or the fold has failed.
template <class Live>
bool read_into(Live& live, events::EventLog& log, const Extent& extent) {
  std::uint64_t version = 1;
  while (true) {
    const auto events = log.read(extent.aggregate, version, kPage);
    for (const auto& event : events) live.restore(event);
    if (live.state.damaged()) return false;
    if (events.size() < kPage) return live.state.committed().version >= extent.version;
    version = events.back().version + 1;
  }
}

}  // namespace

SleepingRoom fall_asleep(const LiveRoom& room, const std::vector<const LiveQuiz*>& quizzes) {
  const auto& state = room.state.committed();
  SleepingRoom sleeping;
  sleeping.creator_id = state.creator_id;
  sleeping.co_hosts = state.co_hosts;
  sleeping.extents.reserve(1 + quizzes.size());
  sleeping.extents.push_back({room.id, state.version});
  sleeping.summaries.reserve(quizzes.size());
  for (const auto* quiz : quizzes) {
    const auto& one = quiz->state.committed();
    sleeping.extents.push_back({one.id, one.version});
    sleeping.summaries.push_back(boost::json::serialize(classroom::summary(one)));
    sleeping.summaries.back().shrink_to_fit();
  }
  return sleeping;
}

std::optional<WholeRoom> read_room(events::EventLog& log, const std::vector<Extent>& extents,
                                   std::size_t history_size) {
  WholeRoom whole;
  for (const auto& extent : extents) {
    if (!whole.room) {
      whole.room = std::make_unique<LiveRoom>(extent.aggregate, history_size);
      if (!read_into(*whole.room, log, extent)) return std::nullopt;
      continue;
    }
    auto quiz = std::make_unique<LiveQuiz>();
    if (!read_into(*quiz, log, extent)) return std::nullopt;
    whole.room->sessions.push_back(extent.aggregate);
    whole.quizzes.emplace_back(extent.aggregate, std::move(quiz));
  }
  return whole;
}

}  // namespace lectern::app
