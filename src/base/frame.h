#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace lectern {

// One encoded message, immutable and shared by reference between connections and shards, preceded
// by the WebSocket header that a server puts before it (RFC 6455 section 5.2, FIN, unmasked). A
// WebSocket sends wire(); a poll's answer is made of payload(). Copies count references; any
// thread.
class Frame {
 public:
  Frame() = default;

  // `packet` is the Engine.IO packet with its type digit: "42[\"chat:message\",{}]".
  static Frame of_packet(std::string_view packet);
  // The bytes of a binary Engine.IO message, which has no type digit.
  static Frame of_binary(std::string_view bytes);

  // From now on it leaves as it is where others are compressed. Before it is shared.
  void send_plain() { body_->plain = true; }
  bool plain() const { return body_->plain; }

  Frame(const Frame& other) : body_(other.body_) {
    if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Frame(Frame&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Frame& operator=(Frame other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Frame() { release(); }

  // The same message in another form, which make(payload, is_binary) -> std::string writes with its
  // header; made once, by whoever needs it first. There is one other form: compressed.
  template <class Make>
  Frame other_form(Make make) const {
    if (Body* const known = body_->other.load(std::memory_order_acquire)) return share(known);
    return keep_other(make(payload(), is_binary()));
  }

  explicit operator bool() const { return body_ != nullptr; }
  bool operator==(const Frame& other) const { return body_ == other.body_; }

  std::string_view wire() const { return {bytes(), body_->size}; }
  std::string_view payload() const { return wire().substr(body_->header_size); }
  bool is_binary() const { return bytes()[0] == kBinaryStart; }

 private:
  struct Body {  // the bytes follow in the same allocation
    std::atomic<std::uint32_t> references{1};
    std::atomic<Body*> other{nullptr};  // owned
    std::uint32_t size;
    std::uint8_t header_size;
    bool plain = false;
  };

  static constexpr char kTextStart = static_cast<char>(0x81);
  static constexpr char kBinaryStart = static_cast<char>(0x82);

  static Frame of_message(char start, std::string_view payload);
  static Body* make_body(std::string_view header, std::string_view payload);
  static Frame share(Body* body) {
    body->references.fetch_add(1, std::memory_order_relaxed);
    return Frame(body);
  }
  Frame keep_other(std::string_view wire) const;
  explicit Frame(Body* body) : body_(body) {}
  const char* bytes() const { return reinterpret_cast<const char*>(body_ + 1); }
  void release() { drop(body_); }
  static void drop(Body* body);

  Body* body_ = nullptr;
};

}  // namespace lectern
