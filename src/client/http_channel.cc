#include "client/http_channel.h"

#include <cassert>
#include <utility>

namespace lectern::client {
namespace {

// A server closes a connection that was idle for some seconds, and what is sent at that moment is
// lost without an answer. A new connection is cheaper than not to know.
constexpr std::chrono::seconds kMostIdle{2};

}  // namespace

void HttpChannel::request(std::string bytes, Answered answered) {
  assert(!busy());
  request_ = std::move(bytes);
  answered_ = std::move(answered);
  if (stream_ != nullptr && loop_.now() - idle_since_ > kMostIdle)
    std::exchange(stream_, nullptr)->drop();
  begin();
}

void HttpChannel::begin() {
  reader_.emplace(max_body_);
  if (stream_ == nullptr) stream_ = dialer_.dial(*this);
  if (stream_ != nullptr) return stream_->write(request_);
  loop_.post(tether_.later([](HttpChannel& self) {
    if (self.busy()) self.finish(Errc::malformed_packet);
  }));
}

void HttpChannel::close() {
  answered_ = nullptr;
  tether_.cut();
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->drop();
}

void HttpChannel::on_stream_bytes(std::span<char> bytes) {
  if (!busy()) return std::exchange(stream_, nullptr)->drop();  // nobody asked
  std::string_view rest(bytes.data(), bytes.size());
  auto answer = reader_->read(rest);
  if (answer && !*answer) return;
  if (!answer) {
    std::exchange(stream_, nullptr)->drop();
    return finish(answer.error());
  }
  idle_since_ = loop_.now();
  if (!(*answer)->keep_alive || !rest.empty()) std::exchange(stream_, nullptr)->drop();
  finish(std::move(**answer));
}

void HttpChannel::on_stream_end() {
  const bool untouched = std::exchange(stream_, nullptr)->untouched();
  if (!busy()) return;
  if (untouched && dialer_.next_address()) return begin();
  finish(reader_->end());
}

void HttpChannel::finish(Result<HttpAnswer> answer) {
  reader_.reset();
  request_.clear();
  Answered answered = std::move(answered_);
  answered(std::move(answer));
}

}  // namespace lectern::client
