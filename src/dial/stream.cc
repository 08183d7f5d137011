#include "dial/stream.h"

#include <array>
#include <utility>

namespace lectern::dial {

void Stream::send_counted(std::string bytes) {
  written_ += bytes.size();
  send(std::move(bytes));
}

void Stream::encrypt(const TlsContext& context, const std::string& host) {
  tls_.emplace(context, host);
  send_counted(tls_->take_wire());
}

void Stream::write(std::string bytes) {
  if (!tls_) return send_counted(std::move(bytes));
  // A failure shows when the server's next bytes come, or its end.
  static_cast<void>(tls_->write(bytes));
  send_counted(tls_->take_wire());
}

void Stream::on_bytes(std::span<char> bytes) {
  if (!tls_) {
    if (listener_ != nullptr) listener_->on_stream_bytes(bytes);
    return;
  }
  const bool well = tls_->receive(bytes);
  std::array<char, 16384> buffer;  // the most that one record holds
  while (listener_ != nullptr && !ending()) {
    const auto plain = tls_->read(buffer);
    if (plain.empty()) break;
    listener_->on_stream_bytes(plain);
  }
  send_counted(tls_->take_wire());  // of the handshake, or the alert that says what is wrong
  if (!well) {
    flush_now();
    end();
  }
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
  if (tls_) {
    tls_->finish();
    send_counted(tls_->take_wire());
  }
  finish();
}

}  // namespace lectern::dial
