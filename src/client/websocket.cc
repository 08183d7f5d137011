#include "client/websocket.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <utility>

#include "base/base64.h"
#include "base/random.h"
#include "websocket/deflate_negotiation.h"
#include "websocket/encoder.h"

namespace lectern::client {

using websocket::CloseCode;
using websocket::Opcode;

namespace {

constexpr std::size_t kMaxHandshakeBody = 4096;  // of a refusal
constexpr std::size_t kMaxPongBacklog =
    std::size_t{64} * 1024;  // answers to pings that nobody reads

template <class T>
T random_bytes() {
  T value;
  fill_random(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

bool is_websocket(std::string_view protocol) {
  static constexpr std::string_view kName = "websocket";
  return std::equal(
      protocol.begin(), protocol.end(), kName.begin(), kName.end(),
      [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; });
}

}  // namespace

WebSocket::WebSocket(net::Loop& loop, dial::Dialer& dialer, Endpoint& endpoint,
                     const ClientOptions& options, WebSocketListener& listener)
    : loop_(loop),
      dialer_(dialer),
      endpoint_(endpoint),
      options_(options),
      listener_(listener),
      handshake_(kMaxHandshakeBody) {}

void WebSocket::open(std::string_view sid) {
  const auto nonce = random_bytes<std::array<char, 16>>();
  key_ = base64_encode({nonce.data(), nonce.size()});
  request_ = endpoint_.websocket(sid, key_);
  begin();
}

void WebSocket::begin() {
  stream_ = dialer_.dial(*this);
  if (stream_ != nullptr) return stream_->write(request_);
  // Not from within open(), whose caller would be in the middle of something.
  loop_.post(tether_.later([](WebSocket& self) { self.fail(); }));
}

void WebSocket::send_message(Opcode opcode, std::string_view payload, bool compress) {
  if (!compression_ || !compress || payload.size() < options_.compression_threshold)
    return send(opcode, payload);
  compression_->buffer.clear();
  compression_->deflater.deflate(payload, compression_->buffer);
  send(opcode, compression_->buffer, /*compressed=*/true);
}

void WebSocket::send(Opcode opcode, std::string_view payload, bool compressed) {
  if (stream_ == nullptr) return;
  std::string frame;
  websocket::append_client_frame(frame, opcode, payload, random_bytes<std::uint32_t>(),
                                 /*fin=*/true, compressed);
  stream_->write(std::move(frame));
}

void WebSocket::close(CloseCode code) {
  if (is_open()) {
    const auto number = static_cast<unsigned>(code);
    const char payload[2] = {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
    send(Opcode::close, {payload, sizeof payload});
    std::exchange(stream_, nullptr)->drop_after_flush();
  }
  drop();
}

void WebSocket::drop() {
  tether_.cut();
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->drop();
}

void WebSocket::on_stream_bytes(std::span<char> bytes) {
  if (!decoder_ && !take_handshake(bytes)) return;
  while (stream_ != nullptr) {
    const auto message = next(bytes);
    if (!message) {
      const bool too_large = message.error() == Errc::payload_too_large;
      close(too_large ? CloseCode::too_big : CloseCode::protocol_error);
      return listener_.on_websocket_end(*this, /*error=*/true);
    }
    if (!*message) return;
    take(**message);
  }
}

Result<std::optional<websocket::Message>> WebSocket::next(std::span<char>& bytes) {
  auto message = decoder_->next(bytes);
  if (!message || !*message || !(*message)->compressed) return message;
  const auto inflated =
      compression_->inflater.inflate(**message, options_.receive_limit_bytes, compression_->buffer);
  if (!inflated) return inflated.error();
  return std::optional<websocket::Message>(*inflated);
}

// False when there is nothing behind it yet, or no WebSocket.
bool WebSocket::take_handshake(std::span<char>& bytes) {
  std::string_view rest(bytes.data(), bytes.size());
  const auto answer = handshake_.read(rest);
  if (answer && !*answer) return false;
  if (!answer || !accept(**answer)) {
    fail();
    return false;
  }
  bytes = bytes.last(rest.size());
  request_.clear();
  listener_.on_websocket_open(*this);
  return true;
}

// What it agrees to must have been asked for (RFC 6455 section 4.1).
Result<void> WebSocket::accept(const HttpAnswer& answer) {
  if (answer.status != 101 || !is_websocket(answer.upgrade) ||
      answer.websocket_accept != websocket::accept_key(key_))
    return Errc::unsupported;
  const auto deflate = websocket::read_deflate_answer(answer.extensions);
  if (!deflate) return deflate.error();
  if (*deflate && !options_.compression) return Errc::malformed_frame;
  if (*deflate) {
    compression_ = std::make_unique<Compression>((*deflate)->server_no_context_takeover
                                                     ? websocket::ContextTakeover::none
                                                     : websocket::ContextTakeover::kept);
  }
  decoder_.emplace(options_.receive_limit_bytes, websocket::Role::client,
                   compression_ ? websocket::Compression::deflate : websocket::Compression::none);
  return {};
}

void WebSocket::take(const websocket::Message& message) {
  switch (message.opcode) {
    case Opcode::text: return listener_.on_websocket_text(*this, message.payload);
    case Opcode::binary: return listener_.on_websocket_binary(*this, message.payload);
    case Opcode::ping:
      // A peer that asks and never reads is none to answer.
      if (unsent() <= kMaxPongBacklog) send(Opcode::pong, message.payload);
      return;
    case Opcode::close:
      send(Opcode::close, message.payload.substr(0, 2));
      std::exchange(stream_, nullptr)->drop_after_flush();
      return listener_.on_websocket_end(*this, /*error=*/false);
    case Opcode::pong:
    case Opcode::continuation: return;  // the decoder joins the latter
  }
}

void WebSocket::on_stream_end() {
  const bool untouched = std::exchange(stream_, nullptr)->untouched();
  if (!decoder_ && untouched && dialer_.next_address()) return begin();
  listener_.on_websocket_end(*this, /*error=*/!decoder_);
}

void WebSocket::fail() {
  drop();
  listener_.on_websocket_end(*this, /*error=*/true);
}

}  // namespace lectern::client
