#include "gateway/proxy/gate.hpp"

#include <boost/intrusive/list.hpp>

#include "gateway/net/waiter.hpp"

namespace gw::proxy {

// A deadline is in a list of its own.
using QueueHook = boost::intrusive::list_base_hook<boost::intrusive::tag<Gate>>;

using net::Code;
using net::Failure;
using net::Result;
using net::Retry;
using net::Task;

/// One request before the gate; lives in its coroutine.
class Gate::Waiting final : public QueueHook, private net::Deadline {
 public:
  enum class End : std::uint8_t { none, in, late, gone };

  Waiting(Gate& gate, net::Worker& worker, std::size_t index, const Most& most)
      : net::Deadline(worker.deadlines()), gate_(gate), worker_(worker), index_(index), most_(most) {}

  Task<End> over(net::Clock::time_point end, http::ClientSide& client) {
    const auto left = std::chrono::ceil<net::Duration>(end - net::Clock::now());
    if (left.count() > 0)
      expires_in(left);
    else
      stop(End::late);
    // Not inside his own event: what serves the client must not find itself at its end there.
    client.watch([this] {
      if (stop(End::gone)) worker_.post([this] { waiter_.notify(); });
    });
    if (end_ == End::none || end_ == End::gone) co_await waiter_.wait();
    clear();
    client.watch(nullptr);
    co_return end_;
  }

  unsigned most() const { return most_(); }
  /// It has a place, and is in the queue no more.
  void let_in() {
    end_ = End::in;
    waiter_.notify();
  }

 private:
  void expired() noexcept override {
    if (stop(End::late)) waiter_.notify();
  }

  bool stop(End how) noexcept {
    if (end_ != End::none) return false;
    end_ = how;
    gate_.forget(*this, index_);
    return true;
  }

  Gate& gate_;
  net::Worker& worker_;
  const std::size_t index_;
  const Most& most_;
  net::Waiter waiter_;
  End end_ = End::none;
};

/// One worker's side of the gate.
struct alignas(64) Gate::Side {
  boost::intrusive::list<Waiting, boost::intrusive::base_hook<QueueHook>> queue;  ///< its thread's
  std::atomic<std::size_t> length{0};                                             ///< of the queue, for others to see
  std::atomic<net::Worker*> worker{nullptr};                                      ///< set before `length` is first more than 0
};

Gate::Gate(std::size_t workers) : workers_(workers) {}
Gate::~Gate() { const std::unique_ptr<Side[]> ours(sides_.load()); }

Gate::Side& Gate::side(std::size_t index) {
  Side* sides = sides_.load();
  if (sides == nullptr) {
    auto made = std::make_unique<Side[]>(workers_);
    // Another worker may have been faster; then his are in `sides`.
    if (sides_.compare_exchange_strong(sides, made.get())) sides = made.release();
  }
  return sides[index];
}

Admission::Entry Gate::enter(unsigned most, unsigned length) noexcept {
  const auto entry = admission_.enter(most, length);
  if (entry == Admission::Entry::full) refused_.fetch_add(1, std::memory_order_relaxed);
  return entry;
}

Task<Result<void>> Gate::wait(net::Worker& worker, std::size_t index, http::ClientSide& client, Most most,
                              net::Clock::time_point end) {
  Side& here = side(index);
  here.worker.store(&worker);
  Waiting waiting(*this, worker, index, most);
  here.queue.push_back(waiting);
  here.length.store(here.queue.size());
  // A place that was given back before others could see us: nobody was told of it. Who stands before us is seen already.
  if (here.queue.size() == 1) let_in(index);
  switch (co_await waiting.over(end, client)) {
    case Waiting::End::in:
      co_return Result<void>{};
    case Waiting::End::gone:
      co_return Failure{Code::cancelled, net::Side::client, Retry::never};
    case Waiting::End::none:
    case Waiting::End::late:
      break;
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  co_return Failure{Code::saturated, net::Side::gateway, Retry::never};
}

void Gate::leave() noexcept {
  if (admission_.leave()) tell();
}

void Gate::forget(Waiting& waiting, std::size_t index) noexcept {
  Side& here = side(index);
  here.queue.erase(here.queue.iterator_to(waiting));
  here.length.store(here.queue.size());
  admission_.give_up();
}

// One worker is enough: it passes the word on. Nobody found: whoever has just begun to wait looks for a place himself.
void Gate::tell() noexcept {
  Side* const sides = sides_.load();
  if (sides == nullptr) return;
  const auto first = turn_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i != workers_; ++i) {
    const std::size_t index = (first + i) % workers_;
    if (sides[index].length.load() == 0) continue;
    sides[index].worker.load()->post([self = shared_from_this(), index] { self->let_in(index); });
    return;
  }
}

void Gate::let_in(std::size_t index) {
  Side& here = side(index);
  while (!here.queue.empty()) {
    Waiting& first = here.queue.front();
    if (!admission_.enter_from_queue(first.most())) return;
    here.queue.pop_front();
    here.length.store(here.queue.size());
    first.let_in();
  }
  // There may be more places than we had use for, or the one whom the word was meant for has left.
  if (admission_.waiting() != 0) tell();
}

}  // namespace gw::proxy
