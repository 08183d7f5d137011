#include "app/join_codes.h"

#include <cstdint>
#include <span>

#include "base/random.h"

namespace lectern::app {
namespace {

// Uniform below 10^digits; the remainder of 64 bits is off by less than 10^-11.
std::string random_code(std::size_t digits) {
  std::uint64_t number = 0;
  fill_random(std::as_writable_bytes(std::span(&number, 1)));
  std::string code(digits, '0');
  for (auto& digit : code) {
    digit = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return code;
}

}  // namespace

std::string JoinCodes::claim(const Uuid& room) {
  const std::lock_guard lock(mutex_);
  std::size_t digits = 6;
  for (std::size_t tenth = 100'000; rooms_.size() > tenth; tenth *= 10) ++digits;
  while (true) {
    auto code = random_code(digits);
    if (rooms_.emplace(code, room).second) return code;
  }
}

void JoinCodes::restore(std::string_view code, const Uuid& room) {
  const std::lock_guard lock(mutex_);
  rooms_.insert_or_assign(std::string(code), room);
}

std::optional<Uuid> JoinCodes::find(std::string_view typed) const {
  std::string code;
  for (const char c : typed) {
    if (c != ' ' && c != '-') code += c;
  }
  const std::lock_guard lock(mutex_);
  const auto found = rooms_.find(code);
  if (found == rooms_.end()) return std::nullopt;
  return found->second;
}

void JoinCodes::release(std::string_view code, const Uuid& room) {
  const std::lock_guard lock(mutex_);
  const auto found = rooms_.find(std::string(code));
  if (found != rooms_.end() && found->second == room) rooms_.erase(found);
}

std::size_t JoinCodes::size() const {
  const std::lock_guard lock(mutex_);
  return rooms_.size();
}

}  // namespace lectern::app
