#pragma once
// How somebody who waits is told to give up, by whoever made him wait. On one worker's thread.

#include <functional>
#include <utility>

namespace gw::net {

class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  /// Once is enough.
  void request() {
    requested_ = true;
    if (const auto told = std::exchange(hook_, nullptr)) told();
  }
  bool requested() const noexcept { return requested_; }

  /// What `request` is to call while a wait is under way; must resume nobody inside. An empty function takes it back.
  void tell(std::function<void()> hook) { hook_ = std::move(hook); }

 private:
  std::function<void()> hook_;
  bool requested_ = false;
};

}  // namespace gw::net
