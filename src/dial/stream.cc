#include "dial/stream.h"

#include <utility>

namespace lectern::dial {

void Stream::encrypt(const TlsContext& context, const std::string& host) {
  secure(context.session_with(host));
  written_ = unsent();
}

void Stream::write(std::string bytes) {
  written_ += bytes.size();
  send(std::move(bytes));
}

void Stream::on_bytes(std::span<char> bytes) {
  if (listener_ != nullptr) listener_->on_stream_bytes(bytes);
}

void Stream::on_end() {
  if (StreamListener* const listener = std::exchange(listener_, nullptr)) listener->on_stream_end();
}

void Stream::on_drained() {
  if (listener_ != nullptr) listener_->on_stream_drained();
}

void Stream::drop() {
  listener_ = nullptr;
  end();
}

void Stream::drop_after_flush() {
  listener_ = nullptr;
  finish();
}

}  // namespace lectern::dial
