#include "redis_store/ask.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace lectern::redis {
namespace {

// Where who asks meets the answer; either may leave first.
struct Question {
  std::mutex mutex;
  std::condition_variable answered;
  bool over = false;
  std::optional<Reply> reply;

  void answer(Result<Reply> what) {
    const std::lock_guard lock(mutex);
    if (what) reply = std::move(*what);
    over = true;
    answered.notify_one();
  }
};

}  // namespace

std::optional<Reply> ask(Broker& broker, std::vector<std::string> words,
                         std::chrono::milliseconds within) {
  const auto question = std::make_shared<Question>();
  broker.post([&broker, question, words = std::move(words)] {
    const std::vector<std::string_view> views(words.begin(), words.end());
    broker.commands().send(views,
                           [question](Result<Reply> reply) { question->answer(std::move(reply)); });
  });
  std::unique_lock lock(question->mutex);
  question->answered.wait_for(lock, within, [&] { return question->over; });
  return std::move(question->reply);
}

}  // namespace lectern::redis
