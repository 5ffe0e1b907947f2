#pragma once
// The coroutine type of the project. It runs as a function call does: begun by whoever awaits it, inside that expression, and if it ends
// without a wait nobody has been suspended. Only where it waits does the chain of those who await each other stay behind, held by what
// it waits for (`Resumption`).

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "gateway/net/frame_pool.hpp"

namespace gw::net {

template <class T>
class Task;

/// What all coroutines of ours have in common, whatever they return.
class Promise {
 public:
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

  static void* operator new(std::size_t size) { return take_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { give_back_frame(frame, size); }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error_ = std::current_exception(); }

  struct End {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> ended) const noexcept {
      Promise& promise = ended.promise();
      // Inside its caller's expression: that looks by itself. Else the caller has been suspended, and goes on.
      if (promise.inside_caller_ || promise.caller_ == nullptr) return std::noop_coroutine();
      return promise.caller_->frame_;
    }
    void await_resume() const noexcept {}
  };
  End final_suspend() const noexcept { return {}; }

 protected:
  explicit Promise(std::coroutine_handle<> frame) noexcept : frame_(frame) {}
  ~Promise() = default;

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  template <class T>
  friend class Task;
  friend class Resumption;

  std::coroutine_handle<> frame_;
  Promise* caller_ = nullptr;  ///< who awaits it
  std::exception_ptr error_;
  bool inside_caller_ = false;  ///< it has been begun by the caller's expression, and that has not been left
};

/// The right to resume one suspended coroutine, once. Whoever is not resumed is destroyed, with all that await it: an event that will
/// not come must not leave anything behind. Lives on its worker's thread.
class Resumption {
 public:
  Resumption() noexcept = default;
  template <std::derived_from<Promise> P>
  explicit Resumption(std::coroutine_handle<P> suspended) noexcept : suspended_(&suspended.promise()) {}
  Resumption(Resumption&& other) noexcept : suspended_(std::exchange(other.suspended_, nullptr)) {}
  Resumption& operator=(Resumption&& other) noexcept {
    std::swap(suspended_, other.suspended_);
    return *this;
  }
  ~Resumption() { destroy(); }

  explicit operator bool() const noexcept { return suspended_ != nullptr; }

  /// Resumes it inside this call. Whoever owns this may be gone when it returns.
  void resume() noexcept { std::exchange(suspended_, nullptr)->frame_.resume(); }

 private:
  void destroy() noexcept {
    Promise* outermost = std::exchange(suspended_, nullptr);
    if (outermost == nullptr) return;
    while (outermost->caller_ != nullptr) outermost = outermost->caller_;
    outermost->frame_.destroy();
  }

  Promise* suspended_ = nullptr;
};

/// A coroutine that has not begun, or one that is awaited: co_await begins it. One that nobody has awaited is destroyed with this. Or no
/// coroutine at all but its result: a function that need not wait this time returns that, and costs no frame.
template <class T = void>
class [[nodiscard]] Task {
 public:
  class promise_type;
  using value_type = T;

  template <class Value>
  requires(!std::is_void_v<T> && std::convertible_to<Value, T> && !std::same_as<std::remove_cvref_t<Value>, Task>)
      Task(Value&& result)  // NOLINT(bugprone-forwarding-reference-overload): clang-tidy 14 does not read the line above
      : result_(std::forward<Value>(result)) {}
  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)), result_(std::move(other.result_)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    std::swap(result_, other.result_);
    return *this;
  }
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  /// The result, if no coroutine is needed for it.
  const auto& ready() const noexcept { return result_; }

  bool await_ready() const noexcept { return !coroutine_; }
  template <std::derived_from<Promise> P>
  bool await_suspend(std::coroutine_handle<P> caller) {
    Promise& promise = coroutine_.promise();
    promise.caller_ = &caller.promise();
    promise.inside_caller_ = true;
    coroutine_.resume();
    if (coroutine_.done()) return false;
    promise.inside_caller_ = false;
    return true;
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>)
      if (!coroutine_) return std::move(*result_);
    return coroutine_.promise().take();
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
  [[no_unique_address]] std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> result_;
};

template <class T>
class Task<T>::promise_type final : public Promise {
 public:
  promise_type() noexcept : Promise(std::coroutine_handle<promise_type>::from_promise(*this)) {}
  Task get_return_object() noexcept { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }

  template <class Value = T>
  void return_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
  }
  T take() {
    rethrow();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
};

template <>
class Task<void>::promise_type final : public Promise {
 public:
  promise_type() noexcept : Promise(std::coroutine_handle<promise_type>::from_promise(*this)) {}
  Task get_return_object() noexcept { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }

  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

/// Begins `task` inside this call. Nobody awaits it: what leaves it goes to `std::terminate`.
struct Detached {
  class promise_type final : public Promise {
   public:
    promise_type() noexcept : Promise(std::coroutine_handle<promise_type>::from_promise(*this)) {}
    Detached get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace gw::net
