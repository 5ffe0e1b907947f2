#pragma once
// How many requests to an upstream may be tried at a second endpoint of it (rule 45): a fifth of them, so that trouble there does not
// double its load. Of one upstream: what is broken for one Space uses up nothing of another's. Shared by the snapshots that have the
// upstream, so a reload keeps it.

#include <cstddef>
#include <memory>

namespace gw::proxy {

class RetryBudget {
 public:
  /// Second tries that are granted at once; after these, one for every `requests_a_retry` requests.
  static constexpr unsigned retries_at_once = 10;
  static constexpr unsigned requests_a_retry = 5;

  explicit RetryBudget(std::size_t workers) : parts_(std::make_unique<Part[]>(workers)) {}

  /// A request begins. On the thread of worker number `worker`, like the next one.
  void earn(std::size_t worker) noexcept {
    auto& credit = parts_[worker].credit;
    if (credit < retries_at_once * requests_a_retry) ++credit;
  }
  /// One more second try, or false: there have been too many.
  bool spend(std::size_t worker) noexcept {
    auto& credit = parts_[worker].credit;
    if (credit < requests_a_retry) return false;
    credit -= requests_a_retry;
    return true;
  }

 private:
  /// Written by one worker only.
  struct alignas(64) Part {
    unsigned credit = retries_at_once * requests_a_retry;  ///< in requests
  };
  const std::unique_ptr<Part[]> parts_;
};

}  // namespace gw::proxy
