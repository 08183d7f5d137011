#include "base/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace lectern {
namespace {

// One system call fills what about a hundred ids need.
struct Pool {
  std::array<std::byte, 2048> bytes;
  std::size_t left = 0;
};

void from_kernel(std::span<std::byte> out) {
  while (!out.empty()) {
    const auto got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace

void fill_random(std::span<std::byte> out) {
  thread_local Pool pool;
  if (out.size() > pool.bytes.size() / 4) return from_kernel(out);
  if (pool.left < out.size()) {
    from_kernel(pool.bytes);
    pool.left = pool.bytes.size();
  }
  std::byte* const next = pool.bytes.data() + (pool.bytes.size() - pool.left);
  std::memcpy(out.data(), next, out.size());
  std::memset(next, 0, out.size());  // what was given out is kept nowhere
  pool.left -= out.size();
}

}  // namespace lectern
