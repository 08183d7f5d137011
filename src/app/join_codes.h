#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/uuid.h"

namespace lectern::app {

// Which room a join code leads to; one code leads to one open room. Any thread: rooms are created
// and guests come rarely enough for a lock.
class JoinCodes {
 public:
  // A fresh code from the CSPRNG: 6 digits, one more for each time that a tenth of the shorter ones
  // is in use. It is taken from then on.
  std::string claim(const Uuid& room);

  // Takes a code that the log names. The later room wins.
  void restore(std::string_view code, const Uuid& room);

  // Spaces and dashes in what people typed do not count.
  std::optional<Uuid> find(std::string_view typed) const;

  // Frees the code if it leads to that room.
  void release(std::string_view code, const Uuid& room);

  std::size_t size() const;

 private:
  mutable std::mutex mutex_;  // guards rooms_
  std::unordered_map<std::string, Uuid> rooms_;
};

}  // namespace lectern::app
