#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace lectern {

// One encoded packet, immutable and shared by reference between connections and shards: an
// Engine.IO packet in text, preceded by the WebSocket header that a server puts before it
// (RFC 6455 section 5.2, FIN, text, unmasked). A WebSocket sends wire(); a poll's answer is made of
// text(). Copies count references; any thread.
class Frame {
 public:
  Frame() = default;

  // `packet` is the Engine.IO packet with its type digit: "42[\"chat:message\",{}]".
  static Frame of_packet(std::string_view packet);

  Frame(const Frame& other) : body_(other.body_) {
    if (body_) body_->references.fetch_add(1, std::memory_order_relaxed);
  }
  Frame(Frame&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Frame& operator=(Frame other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~Frame() { release(); }

  explicit operator bool() const { return body_ != nullptr; }
  bool operator==(const Frame& other) const { return body_ == other.body_; }

  std::string_view wire() const { return {bytes(), body_->size}; }
  std::string_view text() const { return wire().substr(body_->header_size); }

 private:
  struct Body {  // the bytes follow in the same allocation
    std::atomic<std::uint32_t> references{1};
    std::uint32_t size;
    std::uint8_t header_size;
  };

  explicit Frame(Body* body) : body_(body) {}
  const char* bytes() const { return reinterpret_cast<const char*>(body_ + 1); }
  void release();

  Body* body_ = nullptr;
};

}  // namespace lectern
