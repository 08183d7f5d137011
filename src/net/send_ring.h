#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct io_uring;

namespace lectern::net {

// Hands many sends on non-blocking stream sockets to the kernel in one system call, through
// io_uring. What a socket does not take at once is reported and not waited for.
//
// A ring belongs to the thread that made it.
class SendRing {
 public:
  // Null, and why in `reason`, where the kernel offers no io_uring or one that does not tell of
  // short sends. Tried on a pair of sockets.
  static std::unique_ptr<SendRing> make(std::string& reason);
  ~SendRing();
  SendRing(const SendRing&) = delete;
  SendRing& operator=(const SendRing&) = delete;

  // `token` names the send in submit(). `bytes` lives until then.
  void add(int fd, std::string_view bytes, std::uint64_t token);
  bool full() const { return sends_.size() == kMostSends; }

  // A send that did not take everything: the bytes that it took, or a negative errno.
  struct Short {
    std::uint64_t token;
    int result;
  };
  // Carries out all that was added. Valid until the next call.
  const std::vector<Short>& submit();

 private:
  static constexpr std::size_t kMostSends = 512;

  explicit SendRing(std::unique_ptr<io_uring> ring);
  bool tells_of_short_sends();

  struct Send {
    std::uint64_t token;
    std::size_t bytes;
  };
  // Returns how many.
  std::size_t take_completions();

  std::unique_ptr<io_uring> ring_;
  std::vector<Send> sends_;
  std::vector<Short> short_;
};

}  // namespace lectern::net
