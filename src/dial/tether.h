#pragma once

#include <memory>
#include <utility>

#include <lectern/unique_function.h>

namespace lectern::dial {

// Lets work that is done later find out whether its object is still there. A member of the object;
// everything on one thread.
template <class T>
class Tether {
 public:
  explicit Tether(T& self) : self_(std::make_shared<T*>(&self)) {}
  ~Tether() { cut(); }
  Tether(const Tether&) = delete;
  Tether& operator=(const Tether&) = delete;

  // Nothing that was made by later() runs any more.
  void cut() { *self_ = nullptr; }

  // A task that calls `f` with the object, or does nothing when that is gone or the tether cut.
  template <class F>
  Task later(F f) {
    return [self = self_, f = std::move(f)]() mutable {
      if (*self != nullptr) f(**self);
    };
  }

 private:
  std::shared_ptr<T*> self_;  // shared with the tasks, which may outlive the object
};

}  // namespace lectern::dial
