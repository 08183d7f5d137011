#include "redis_store/append_queue.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "redis_store/event_member.h"
#include "redis_store/log_scripts.h"

namespace lectern::redis {
namespace {

using events::AppendError;
using events::AppendResult;
using std::chrono::milliseconds;

// A connection that comes back within this time is not noticed by anybody.
constexpr milliseconds kPatience{500};
constexpr milliseconds kPrepareAgain{300};
// A writer that says nothing for a day has to prepare again.
constexpr std::string_view kFenceSeconds = "86400";

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::size_t bytes_of(const events::Append& append) {
  std::size_t bytes = 0;
  for (const auto& event : append.events) bytes += event.type.size() + event.payload.size();
  return bytes;
}

// Whether the error concerns one aggregate alone: somebody made a key of ours something else.
bool is_of_one_key(std::string_view error) { return error.starts_with("WRONGTYPE"); }

}  // namespace

AppendQueue::AppendQueue(Broker& broker, const LogKeys& keys, Completions& completions,
                         LogSink* log, milliseconds answer_within)
    : broker_(broker),
      keys_(keys),
      completions_(completions),
      log_(log),
      answer_within_(answer_within) {}

bool AppendQueue::take(events::Append& append, events::EventLog::Done& done) {
  const auto bytes = bytes_of(append);
  if (!accepting() || waiting_ >= kMaxAppends || waiting_bytes_ + bytes > kMaxBytes) {
    ++refused_;
    return false;
  }
  ++waiting_;
  waiting_bytes_ += bytes;
  auto pending = std::make_shared<Pending>();
  pending->append = std::move(append);
  pending->done = std::move(done);
  pending->deadline = SteadyClock::now() + answer_within_;
  pending->bytes = bytes;
  broker_.post([this, pending = std::move(pending)] { push(pending); });
  return true;
}

std::string AppendQueue::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void AppendQueue::tell_failure(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!failed_) failure_ = why;
}

void AppendQueue::fail(const std::string& why) {
  tell_failure(why);
  if (failed_.exchange(true)) return;
  accepting_ = false;
  if (log_ != nullptr) log_->write(Level::error, "the event log takes no more: " + why);
}

AppendQueue::Stats AppendQueue::stats() const { return {waiting_, appends_, refused_, resent_}; }

void AppendQueue::push(const PendingPtr& pending) {
  pending_.push_back(pending);
  if (ready_) send(pending);
  watch_deadline();
}

void AppendQueue::on_available() {
  connected_ = true;
  prepare();
}

void AppendQueue::on_unavailable() {
  connected_ = false;
  away("Redis is not reachable");
}

void AppendQueue::away(const std::string& why) {
  tell_failure(why);
  if (!std::exchange(ready_, false)) return;
  broker_.run_after(kPatience, [this] {
    if (!ready_) accepting_ = false;
  });
}

void AppendQueue::prepare() {
  problem_.clear();
  const auto fence_key = keys_.fence(writer_);
  const auto fence = std::to_string(++fence_);
  const auto order = keys_.order();
  auto& commands = broker_.commands();
  commands.send({"SCRIPT", "LOAD", kAppendScript}, [this](const Result<Reply>& reply) {
    note_answer(reply, Reply::Kind::bytes);
    if (problem_.empty()) script_ = reply->text;
  });
  commands.send({"SET", fence_key, fence, "EX", kFenceSeconds},
                [this](const Result<Reply>& reply) { note_answer(reply, Reply::Kind::text); });
  commands.send({"EVAL", kEndScript, "1", order},
                [this, fence = fence_](const Result<Reply>& reply) {
                  note_answer(reply, Reply::Kind::bytes);
                  if (fence != fence_) return;  // the connections came and went meanwhile
                  if (!problem_.empty()) return prepare_later(problem_);
                  if (number_of(reply->text) < last_position_)
                    fail(
                        "Redis has lost events that it had acknowledged; a restart goes on with "
                        "what is left");
                  on_prepared();
                });
}

void AppendQueue::note_answer(const Result<Reply>& reply, Reply::Kind wanted) {
  if (!problem_.empty()) return;
  if (!reply) {
    problem_ = "Redis is not reachable";
  } else if (reply->kind != wanted) {
    problem_ = "Redis refuses: " + reply->text;
  }
}

void AppendQueue::on_prepared() {
  ready_ = true;
  if (!failed_) accepting_ = true;
  tell_failure("");
  for (const auto& pending : std::deque<PendingPtr>(pending_)) {
    if (!ready_) return;
    if (!pending->sent) send(pending);
  }
}

void AppendQueue::prepare_later(const std::string& why) {
  away(why);
  accepting_ = accepting_ && waiting_ > 0;
  broker_.run_after(kPrepareAgain, [this, fence = fence_] {
    if (connected_ && !ready_ && fence == fence_) prepare();
  });
}

void AppendQueue::send(const PendingPtr& pending) {
  if (!pending->done) return;
  const auto& append = pending->append;
  std::vector<std::string> words = {
      "EVALSHA",
      script_,
      "4",
      keys_.events(append.aggregate),
      keys_.order(),
      keys_.idempotency(append.aggregate),
      keys_.fence(writer_),
      std::to_string(fence_),
      append.aggregate.to_string(),
      append.expected_version ? std::to_string(*append.expected_version) : std::string(),
      append.idempotency_key,
      pending->sent_before ? "1" : "0",
      keys_.channel()};
  for (const auto& event : append.events) {
    words.push_back(event.id.to_string());
    words.push_back(member_head(event, append.aggregate));
  }
  if (pending->sent_before) ++resent_;
  pending->sent = true;
  broker_.commands().send(
      std::vector<std::string_view>(words.begin(), words.end()),
      [this, pending](const Result<Reply>& reply) { on_reply(pending, reply); });
}

void AppendQueue::on_reply(const PendingPtr& pending, const Result<Reply>& reply) {
  if (!reply) {
    // It may have been carried out.
    if (errc_of(reply.error()) == Errc::unavailable) {
      pending->sent = false;
      pending->sent_before = true;
    } else {
      settle(pending, {AppendError::store_unavailable});
    }
  } else if (reply->kind == Reply::Kind::error) {
    on_error(pending, reply->text);
  } else {
    on_words(pending, reply->items);
  }
}

void AppendQueue::on_error(const PendingPtr& pending, const std::string& text) {
  if (text.starts_with("NOSCRIPT")) {
    pending->sent = false;
    if (std::exchange(ready_, false)) prepare();
    return;
  }
  settle(pending, {AppendError::store_unavailable});
  if (log_ != nullptr) log_->write(Level::warning, "redis refuses an append: " + text);
  if (!is_of_one_key(text) && ready_) prepare_later("Redis refuses: " + text);
}

void AppendQueue::on_words(const PendingPtr& pending, const std::vector<Reply>& words) {
  const std::string_view what = words.empty() ? std::string_view() : words[0].text;
  if (what == "stale") {
    pending->sent = false;
    if (std::exchange(ready_, false)) prepare();
    return;
  }
  const auto version = words.size() < 2 ? 0 : number_of(words[1].text);
  if (words.size() > 2) last_position_ = std::max(last_position_, number_of(words[2].text));
  if (what == "done") return settle(pending, {{}, version, false});
  if (what == "repeated") return settle(pending, {{}, version, true});
  if (what == "conflict") return settle(pending, {AppendError::conflict, version});
  settle(pending, {AppendError::store_unavailable});
}

void AppendQueue::settle(const PendingPtr& pending, AppendResult result) {
  if (!pending->done) return;
  ++appends_;
  if (result.error == AppendError::store_unavailable) ++refused_;
  --waiting_;
  waiting_bytes_ -= pending->bytes;
  completions_.add(std::exchange(pending->done, nullptr), result);
  while (!pending_.empty() && !pending_.front()->done) pending_.pop_front();
}

void AppendQueue::expire() {
  const auto now = SteadyClock::now();
  while (!pending_.empty() && pending_.front()->deadline <= now) {
    settle(PendingPtr(pending_.front()), {AppendError::store_unavailable});
  }
}

void AppendQueue::watch_deadline() {
  if (watching_ || pending_.empty()) return;
  watching_ = true;
  const auto left = pending_.front()->deadline - SteadyClock::now();
  broker_.run_after(std::chrono::ceil<milliseconds>(left), [this] {
    watching_ = false;
    expire();
    watch_deadline();
  });
}

void AppendQueue::refuse_all() {
  accepting_ = false;
  for (const auto& pending : std::deque<PendingPtr>(pending_)) {
    settle(pending, {AppendError::store_unavailable});
  }
}

}  // namespace lectern::redis
