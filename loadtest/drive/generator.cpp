#include "loadtest/drive/generator.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <limits>

#include "loadtest/drive/cores.hpp"

namespace loadtest::drive {
namespace {

constexpr Nanoseconds forever = std::numeric_limits<Nanoseconds>::max();
constexpr std::size_t scratch_bytes = 64 << 10;
// Of `spin`: what a kernel needs to wake us in nearly all cases.
constexpr Nanoseconds spin_for = 100'000;

}  // namespace

Generator::Generator(Orders& orders, unsigned index)
    : orders_(orders),
      index_(index),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      armed_(forever),
      zero_(service::steady_now()),
      scratch_(scratch_bytes) {
  poller().add(timer_.get(), *this);
  const auto& load = orders.load;
  const auto share = [&](unsigned all) { return all / load.threads + (index < all % load.threads ? 1 : 0); };
  const unsigned most = orders.arrivals ? load.most_connections : load.connections;
  for (const auto& lane : orders.lanes)
    pools_.push_back(std::make_unique<Pool>(*this, lane, most == 0 ? 0 : std::max(1U, share(most)), load.drop_on_overflow));
  next_target_.assign(orders.lanes.size(), index);
}

Generator::~Generator() {
  for (auto& pool : pools_) pool->close();
  poller().close(std::move(timer_));
}

void Generator::handles() noexcept {
  if (turn_ != poller().turns()) {
    turn_ = poller().turns();
    turn_began_ = now();
  }
  lag_.record(static_cast<std::uint64_t>(latest_ - turn_began_));
}

void Generator::start(Nanoseconds zero) {
  ask([this, zero] {
    zero_ = zero;
    begin();
  });
}

void Generator::abandon() {
  ask([this] {
    // What is due by now was to be asked, even if this thread had no time for it.
    if (issuing_) release(now());
    stop_issuing(now());
    drain_until_ = 0;
  });
}

void Generator::quit() {
  ask([this] { quit_ = true; });
}

void Generator::run(std::function<void()> ready, std::function<void()> done) {
  tell_done_ = std::move(done);
  // Without it a queue that has nothing to do stops, and takes no more.
  const auto busy = boost::asio::make_work_guard(worker_.context());
  const auto& load = orders_.load;
  keep_to_core(orders_.seats.first + index_, std::max(orders_.seats.all, load.threads));
  for (auto& pool : pools_) {
    const unsigned share = load.connections / load.threads + (index_ < load.connections % load.threads ? 1 : 0);
    // Without any it would not be known whether anybody is there.
    pool->open_ahead(pool->transport().keep_alive ? std::max(share, 1U) : 1U);
  }
  bool told = false;
  while (!quit_) {
    worker_.context().poll();
    if (!told && std::none_of(pools_.begin(), pools_.end(), [](const auto& pool) { return pool->opening(); })) {
      told = true;
      ready();
    }
    if (started_ && !done_) tick();
    buried_.clear();
    if (!quit_) wait();
  }
  for (auto& pool : pools_) pool->close();
  buried_.clear();
}

// The timer has an absolute time, and is only told when that is sooner than what it knows: a wake-up for nothing costs less than
// telling it anew for each request of a closed loop.
void Generator::wait() noexcept {
  const Nanoseconds at = started_ && !done_ ? wake_at() : forever;
  if (at <= latest_ || (orders_.load.spin && issuing_ && at - spin_for <= latest_)) {
    poller().turn(0);
    now();
    return;
  }
  if (armed_ <= latest_) armed_ = forever;
  if (at < armed_) {
    armed_ = orders_.load.spin ? at - spin_for : at;
    const Nanoseconds absolute = armed_ + zero_;
    const itimerspec when{{}, {absolute / 1'000'000'000, absolute % 1'000'000'000}};
    ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  }
  poller().turn(-1);
}

Nanoseconds Generator::wake_at() const noexcept {
  Nanoseconds at = forever;
  if (issuing_) {
    if (next_) at = next_->at;
    if (!resting_.empty()) at = std::min(at, resting_.top().until);
    if (orders_.length != 0) at = std::min(at, orders_.length);
  } else {
    at = drain_until_;
  }
  at = std::min(at, naps_.next());
  // Streams that have begun are not given up for their age.
  if (!flights_.empty()) at = std::min(at, flights_.front().sample.due + orders_.load.timeout);
  return at;
}

}  // namespace loadtest::drive
