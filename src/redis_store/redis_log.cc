#include "redis_store/redis_log.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "redis_store/event_member.h"
#include "redis_store/log_scripts.h"

namespace lectern::redis {
namespace {

constexpr std::size_t kPage = 256;
constexpr std::chrono::milliseconds kLook{10};

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Where the thread that asks meets the one that is answered; either may leave first.
struct Meeting {
  std::mutex mutex;
  std::condition_variable answered;
  bool over = false;
  std::optional<std::vector<Reply>> items;

  void answer(Result<Reply> reply) {
    const std::lock_guard lock(mutex);
    if (reply && reply->kind == Reply::Kind::array) items = std::move(reply->items);
    over = true;
    answered.notify_one();
  }
};

}  // namespace

RedisLog::RedisLog(RedisLogOptions options, LogSink* log)
    : keys_{std::move(options.prefix)},
      answer_within_(options.answer_within),
      completions_(std::in_place),
      broker_(std::move(options.url), log, options.timing),
      queue_(broker_, keys_, *completions_, log, answer_within_) {
  // A hint that there is more to read. What it says is not looked at: anybody may publish.
  broker_.subscriber().subscribe(keys_.channel(),
                                 [this](std::string_view, std::string_view) { growth_.tell(); });
  broker_.on_available([this] {
    queue_.on_available();
    growth_.tell();  // hints may have been missed
  });
  broker_.on_unavailable([this] { queue_.on_unavailable(); });
  broker_.start();
}

RedisLog::~RedisLog() { close(); }

void RedisLog::close() {
  if (closed_.exchange(true)) return;
  broker_.stop();
  queue_.refuse_all();
  completions_.reset();
}

bool RedisLog::wait_until_ready(std::chrono::milliseconds most) const {
  for (const auto end = SteadyClock::now() + most; !failure().empty();) {
    if (SteadyClock::now() >= end) return false;
    std::this_thread::sleep_for(kLook);
  }
  return true;
}

void RedisLog::append(events::Append append, Done done) {
  if (closed_ || !queue_.take(append, done)) done({events::AppendError::store_unavailable});
}

std::optional<std::vector<Reply>> RedisLog::ask(std::vector<std::string> words) {
  if (closed_) return std::nullopt;
  const auto meeting = std::make_shared<Meeting>();
  broker_.post([this, meeting, words = std::move(words)] {
    broker_.commands().send(std::vector<std::string_view>(words.begin(), words.end()),
                            [meeting](Result<Reply> reply) { meeting->answer(std::move(reply)); });
  });
  std::unique_lock lock(meeting->mutex);
  meeting->answered.wait_for(lock, answer_within_, [&] { return meeting->over; });
  if (!meeting->items) ++failed_reads_;
  return std::move(meeting->items);
}

void RedisLog::damaged(const std::string& where) {
  ++failed_reads_;
  queue_.fail("an event is damaged or missing: " + where);
}

std::vector<events::DomainEvent> RedisLog::read(const Uuid& aggregate, std::uint64_t from_version,
                                                std::size_t limit) {
  std::vector<events::DomainEvent> found;
  auto next = std::max<std::uint64_t>(from_version, 1);
  while (found.size() < limit) {
    auto page = read_page(aggregate, next, std::min(kPage, limit - found.size()));
    if (page.empty()) break;
    next = page.back().version + 1;
    for (auto& event : page) found.push_back(std::move(event));
  }
  return found;
}

RedisLog::Page RedisLog::read_page(const Uuid& aggregate, std::uint64_t from_version,
                                   std::size_t limit) {
  Page page;
  const auto answer =
      ask({"EVAL", kReadScript, "2", keys_.events(aggregate), keys_.order(), aggregate.to_string(),
           std::to_string(from_version), std::to_string(limit)});
  if (!answer) return page;
  for (std::size_t i = 0; i + 2 < answer->size(); i += 3) {
    auto event = parse_member((*answer)[i + 2].text);
    if (!event || event->version != from_version + page.size()) {
      damaged(keys_.events(aggregate));
      break;
    }
    event->position = number_of((*answer)[i + 1].text).value_or(0);
    page.push_back(std::move(*event));
  }
  return page;
}

void RedisLog::read_all(std::uint64_t from_position, Visitor visit) {
  for (auto next = std::max<std::uint64_t>(from_position, 1);;) {
    const auto begin = next;
    const auto page = read_page(next);
    if (!page) return;
    for (const auto& event : *page) {
      if (!visit(event)) return;
    }
    if (next == begin) return;
  }
}

std::optional<RedisLog::Page> RedisLog::read_page(std::uint64_t& next) {
  const auto answer = ask({"EVAL", kReadAllScript, "1", keys_.order(), std::to_string(next),
                           std::to_string(kPage), keys_.events_before()});
  if (!answer) return std::nullopt;
  Page page;
  for (std::size_t i = 0; i + 1 < answer->size(); i += 2) {
    const auto& member = (*answer)[i + 1].text;
    const auto position = number_of((*answer)[i].text);
    if (!position || member == "-") continue;
    auto event = parse_member(member);
    if (!event) {
      damaged("position " + std::to_string(*position));
      next = page.empty() ? next : page.back().position + 1;
      if (page.empty()) return std::nullopt;
      return page;
    }
    event->position = *position;
    next = *position + 1;
    page.push_back(std::move(*event));
  }
  return page;
}

std::unique_ptr<events::Subscription> RedisLog::subscribe(std::uint64_t from_position,
                                                          Visitor visit) {
  return events::follow(*this, growth_, from_position, std::move(visit));
}

}  // namespace lectern::redis
