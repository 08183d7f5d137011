#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace lectern::client {

class Budget;

// A part of a Budget, given back when it is destroyed. The budget outlives it.
class Charge {
 public:
  Charge() = default;
  Charge(Charge&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), amount_(other.amount_) {}
  Charge& operator=(Charge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(amount_, other.amount_);
    return *this;
  }
  ~Charge();

 private:
  friend class Budget;
  Charge(Budget& budget, std::size_t amount) : budget_(&budget), amount_(amount) {}

  Budget* budget_ = nullptr;
  std::size_t amount_ = 0;
};

// What may be under way at one time, of bytes or of acknowledgements. Any thread.
class Budget {
 public:
  explicit Budget(std::size_t most) : most_(most) {}

  // Nothing when that much is not left.
  std::optional<Charge> take(std::size_t amount) { return take_below(amount, most_); }
  // As much again is reserved for answers to the server.
  std::optional<Charge> take_reserved(std::size_t amount) { return take_below(amount, 2 * most_); }
  std::size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  friend class Charge;

  std::optional<Charge> take_below(std::size_t amount, std::size_t most) {
    std::size_t used = used_.load(std::memory_order_relaxed);
    do {
      if (used > most || amount > most - used) return std::nullopt;
    } while (!used_.compare_exchange_weak(used, used + amount, std::memory_order_relaxed));
    return Charge(*this, amount);
  }

  std::size_t most_;
  std::atomic<std::size_t> used_{0};
};

inline Charge::~Charge() {
  if (budget_ != nullptr) budget_->used_.fetch_sub(amount_, std::memory_order_relaxed);
}

}  // namespace lectern::client
