#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace lectern {

/// A callable that is moved, never copied, so that it can own what it captures. Captures of up to
/// 48 bytes are stored inline. Calling an empty one is a programmer's error.
template <class Signature>
class UniqueFunction;

/// The one form there is: the signature `R(Args...)`.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;
  /// Empty.
  UniqueFunction(std::nullptr_t) {}  // NOLINT(google-explicit-constructor)

  /// Takes a callable; allocates when it has more than 48 bytes or a move that may throw.
  template <class F, class = std::enable_if_t<!std::is_same_v<std::decay_t<F>, UniqueFunction> &&
                                              std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>>
  UniqueFunction(F&& f) {  // NOLINT(google-explicit-constructor)
    using Callable = std::decay_t<F>;
    if constexpr (sizeof(Callable) <= sizeof(storage_) &&
                  alignof(Callable) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<Callable>) {
      ::new (static_cast<void*>(storage_)) Callable(std::forward<F>(f));
      operations_ = &kInline<Callable>;
    } else {
      ::new (static_cast<void*>(storage_)) Callable*(new Callable(std::forward<F>(f)));
      operations_ = &kOnHeap<Callable>;
    }
  }

  /// `other` is empty afterwards.
  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  /// Destroys the callable it had; `other` is empty afterwards.
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~UniqueFunction() { reset(); }

  explicit operator bool() const { return operations_ != nullptr; }  ///< whether it is not empty
  /// Calls it. Not const: a callable may change what it owns.
  R operator()(Args... args) { return operations_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct Operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };

  template <class Callable>
  static constexpr Operations kInline{
      [](void* self, Args&&... args) -> R {
        return (*static_cast<Callable*>(self))(std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept {
        ::new (to) Callable(std::move(*static_cast<Callable*>(from)));
        static_cast<Callable*>(from)->~Callable();
      },
      [](void* self) noexcept { static_cast<Callable*>(self)->~Callable(); }};

  template <class Callable>
  static constexpr Operations kOnHeap{
      [](void* self, Args&&... args) -> R {
        return (**static_cast<Callable**>(self))(std::forward<Args>(args)...);
      },
      [](void* from, void* to) noexcept { ::new (to) Callable*(*static_cast<Callable**>(from)); },
      [](void* self) noexcept { delete *static_cast<Callable**>(self); }};

  void take(UniqueFunction& other) noexcept {
    operations_ = std::exchange(other.operations_, nullptr);
    if (operations_) operations_->move(other.storage_, storage_);
  }
  void reset() noexcept {
    if (operations_) std::exchange(operations_, nullptr)->destroy(storage_);
  }

  alignas(std::max_align_t) std::byte storage_[48];
  const Operations* operations_ = nullptr;
};

/// Work to be done later, once.
using Task = UniqueFunction<void()>;

}  // namespace lectern
