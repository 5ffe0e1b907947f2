#pragma once
// The door of a Space or upstream with limited places: requests wait before it in the order in which they came to their worker,
// until there is a place or their time is over. Shared by all workers and by the snapshots that have the Space, so a reload keeps it.
//
// Whoever leaves while somebody waits tells one worker that has somebody; that worker lets in as many of its own as there are
// places, and passes the word on when places are left. So a place never stays free while somebody waits, and no lock is needed:
// each worker's queue is touched by its own thread only.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "gateway/http/exchange.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/proxy/admission.hpp"

namespace gw::proxy {

class Gate : public std::enable_shared_from_this<Gate> {
 public:
  explicit Gate(std::size_t workers);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Decides about a newcomer. After `waits`, `wait` must follow. From any worker.
  Admission::Entry enter(unsigned most, unsigned length) noexcept;

  /// Takes a place if there is one and nobody waits for it. False: nothing has happened, ask `enter`.
  bool enter_at_once(unsigned most) noexcept { return admission_.enter(most, 0) == Admission::Entry::in; }

  /// How many may be in flight when somebody who waits is asked for: it may change meanwhile.
  using Most = std::function<unsigned()>;

  /// Waits for a place, on the thread of `worker`, which is number `index`: at most until `end` (Failure saturated), and not
  /// longer than the client does (Failure cancelled).
  net::Task<net::Result<void>> wait(net::Worker& worker, std::size_t index, http::ClientSide& client, Most most,
                                    net::Clock::time_point end);

  /// Gives a place back.
  void leave() noexcept;

  unsigned in_flight() const noexcept { return admission_.in_flight(); }
  unsigned waiting() const noexcept { return admission_.waiting(); }
  /// Who was sent away because the queue was full or it took too long.
  std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  class Waiting;
  struct alignas(64) Side;

  Side& side(std::size_t index);
  void forget(Waiting& waiting, std::size_t index) noexcept;
  void tell() noexcept;
  void let_in(std::size_t index);

  Admission admission_;
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint32_t> turn_{0};  ///< which worker is looked at first, so that none is forgotten
  const std::size_t workers_;
  std::atomic<Side*> sides_{
      nullptr};  ///< ours; made when somebody waits for the first time, because most Spaces never see that
};

/// A place behind a gate, given back at the end.
class Visit {
 public:
  Visit() = default;
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;
  ~Visit() {
    if (gate_ != nullptr) gate_->leave();
  }
  /// The place was taken. The gate must outlive the visit.
  void began(Gate& gate) noexcept { gate_ = &gate; }

 private:
  Gate* gate_ = nullptr;
};

}  // namespace gw::proxy
