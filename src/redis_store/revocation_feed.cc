#include "redis_store/revocation_feed.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace lectern::redis {
namespace {

constexpr std::chrono::milliseconds kLoadAgain{200};

// Up to the next space, which goes too.
std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size() < text.size() ? word.size() + 1 : word.size());
  return word;
}

std::optional<std::int64_t> take_number(std::string_view& text) {
  const auto word = take_word(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

RevocationFeed::RevocationFeed(identity::Revocations& revocations, std::function<bool()> load,
                               std::function<void()> changed)
    : revocations_(revocations),
      load_(std::move(load)),
      changed_(std::move(changed)),
      thread_([this] { run(); }) {}

RevocationFeed::~RevocationFeed() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    came_.notify_one();
  }
  thread_.join();
}

void RevocationFeed::hear(std::string_view word) {
  const std::lock_guard lock(mutex_);
  if (words_.size() >= kMaxWaiting) {
    words_.clear();
    gap_ = true;
  }
  words_.emplace_back(word);
  came_.notify_one();
}

void RevocationFeed::hear_gap() {
  const std::lock_guard lock(mutex_);
  gap_ = true;
  came_.notify_one();
}

void RevocationFeed::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    came_.wait(lock, [this] { return ending_ || gap_ || !words_.empty(); });
    if (ending_) return;
    const auto words = std::exchange(words_, {});
    const bool gap = std::exchange(gap_, false);
    lock.unlock();
    const bool loaded = !gap || load_();
    for (const auto& word : words) take_over(word);
    changed_();
    lock.lock();
    if (loaded) continue;
    gap_ = true;
    came_.wait_for(lock, kLoadAgain, [this] { return ending_; });
  }
}

// Others may publish, too: what is no word of ours is left out.
void RevocationFeed::take_over(std::string_view word) {
  const auto kind = take_word(word);
  if (kind == "epoch") {
    const auto number = take_number(word);
    const auto raised_at = take_number(word);
    if (!number || !raised_at) return;
    revocations_.set_epoch(word, {static_cast<std::uint64_t>(*number), *raised_at});
  } else if (kind == "token") {
    if (const auto at = take_number(word)) revocations_.add_token({std::string(word), *at});
  } else if (kind == "family") {
    if (const auto at = take_number(word)) revocations_.add_family(word, *at);
  } else if (kind == "disabled" || kind == "enabled") {
    revocations_.set_disabled(word, kind == "disabled");
  }
}

}  // namespace lectern::redis
