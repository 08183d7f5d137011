#include "redis/connection.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <lectern/log_sink.h>

#include "base/random.h"

namespace lectern::redis {
namespace {

// In [0, 1).
double random_share() {
  std::array<std::byte, 4> bytes;
  fill_random(bytes);
  std::uint32_t number = 0;
  for (const auto byte : bytes) number = number << 8U | std::to_integer<std::uint32_t>(byte);
  return number / 4294967296.0;
}

}  // namespace

Connection::Connection(net::Loop& loop, const Url& url, const dial::TlsContext* tls, LogSink* log,
                       Timing timing, ConnectionListener& listener)
    : loop_(loop),
      url_(url),
      log_(log),
      timing_(timing),
      listener_(listener),
      dialer_(loop, url, tls),
      backoff_(timing.first_retry, timing.most_retry, /*jitter=*/0.5) {}

void Connection::open() { look_up(); }

void Connection::close() {
  tether_.cut();
  ready_ = false;
  // What was sent a moment ago still leaves.
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->drop_after_flush();
}

bool Connection::send(std::span<const std::string_view> words) {
  if (!ready_ || stream_->unsent() > kMaxUnsent) return false;
  std::string bytes;
  append_command(bytes, words);
  stream_->write(std::move(bytes));
  return true;
}

void Connection::look_up() {
  dialer_.look_up_host(tether_.later([](Connection& self) { self.dial(); }));
}

void Connection::dial() {
  stream_ = dialer_.dial(*this);
  if (stream_ == nullptr) return lose("it has no address that answers");
  reader_ = ReplyReader();
  silent_ = false;
  watch(++serial_);
  greet();
}

void Connection::greet() {
  std::vector<std::vector<std::string_view>> greetings;
  if (!url_.password.empty()) {
    greetings.push_back({"AUTH"});
    if (!url_.user.empty()) greetings.back().push_back(url_.user);
    greetings.back().push_back(url_.password);
  }
  const std::string database = std::to_string(url_.database);
  if (url_.database != 0) greetings.push_back({"SELECT", database});
  greetings.push_back({"PING"});  // refused while Redis still loads
  greetings_ = greetings.size();
  std::string bytes;
  for (const auto& words : greetings) append_command(bytes, words);
  stream_->write(std::move(bytes));
}

void Connection::on_stream_bytes(std::span<char> bytes) {
  silent_ = false;
  std::string_view rest(bytes.data(), bytes.size());
  const auto serial = serial_;
  while (!rest.empty()) {
    auto reply = reader_.read(rest);
    if (!reply) return lose("it speaks no RESP2");
    if (!*reply) return;
    if (ready_) {
      listener_.on_reply(std::move(**reply));
    } else {
      on_greeting(**reply);
    }
    if (stream_ == nullptr || serial != serial_) return;  // lost meanwhile
  }
}

void Connection::on_greeting(const Reply& reply) {
  if (reply.kind == Reply::Kind::error) return lose(reply.text);
  if (--greetings_ > 0) return;
  ready_ = true;
  backoff_.reset();
  if (std::exchange(loss_is_known_, false) && log_ != nullptr)
    log_->write(Level::info, "redis is back");
  listener_.on_ready();
}

void Connection::on_stream_end() {
  const bool untouched = std::exchange(stream_, nullptr)->untouched();
  if (untouched && dialer_.next_address()) return dial();
  lose("the connection ended");
}

// One look for each time of silence, while that stream lives: a peer that died without a word is
// told from one that has nothing to say.
void Connection::watch(std::uint64_t serial) {
  loop_.run_after(timing_.silence, tether_.later([serial](Connection& self) {
    if (self.stream_ == nullptr || self.serial_ != serial) return;
    if (std::exchange(self.silent_, true)) return self.lose("it does not answer");
    if (self.ready_) self.listener_.on_silence();
    self.watch(serial);
  }));
}

void Connection::lose(std::string_view why) {
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->drop();
  if (!std::exchange(loss_is_known_, true) && log_ != nullptr) {
    std::string line = "redis is away reason=\"";
    line += why;
    log_->write(Level::warning, line + '"');
  }
  retry();
  if (std::exchange(ready_, false)) listener_.on_lost();
}

void Connection::retry() {
  loop_.run_after(backoff_.next(random_share()),
                  tether_.later([](Connection& self) { self.look_up(); }));
}

}  // namespace lectern::redis
