// Generator: what is due, and what becomes of it.

#include <sys/resource.h>

#include <algorithm>

#include "loadtest/drive/arrivals.hpp"
#include "loadtest/drive/generator.hpp"

namespace loadtest::drive {
namespace {

// Users of a closed loop begin one after the other, so that they do not march in step.
constexpr Nanoseconds stagger = 1'000'000;
constexpr Nanoseconds longest_stagger = 1'000'000'000;
// Who was refused comes back so much later: a closed loop against nobody would do nothing but connect.
constexpr Nanoseconds rest_after_refusal = 10'000'000;
// Slow connections that go on at the same moment: a hundred microseconds' worth, then what is due has its turn.
constexpr unsigned naps_a_turn = 32;

Nanoseconds of(const timeval& time) noexcept { return Nanoseconds{time.tv_sec} * 1'000'000'000 + time.tv_usec * 1000; }

/// Processor time of this thread.
void add_cpu(ThreadFacts& facts, int sign) noexcept {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  facts.user += sign * of(used.ru_utime);
  facts.system += sign * of(used.ru_stime);
}

bool was_refused(Ending ending) noexcept {
  return ending == Ending::no_connection || ending == Ending::tls || ending == Ending::not_sent;
}

}  // namespace

void Generator::begin() {
  for (auto& pool : pools_)
    if (!pool->transport().keep_alive) pool->close_idle();
  started_ = issuing_ = true;
  add_cpu(thread_, -1);
  thread_.wall = -now();
  if (orders_.arrivals) {
    arrivals_ = orders_.arrivals();
    // The first `index_` belong to others.
    for (unsigned i = 0; i <= index_; ++i) next_ = arrivals_->next();
    return;
  }
  const auto& load = orders_.load;
  std::size_t streams = 1;
  for (const auto& pool : pools_) streams = std::max(streams, pool->per_connection());
  const unsigned connections = load.connections / load.threads + (index_ < load.connections % load.threads ? 1 : 0);
  const auto users = static_cast<std::uint32_t>(connections * streams);
  turns_.assign(users, 0);
  const Nanoseconds apart = std::min(stagger, longest_stagger / std::max<Nanoseconds>(users, 1));
  for (std::uint32_t user = 0; user != users; ++user) {
    resting_.push({user * apart + index_ * apart / load.threads, user});
  }
}

// Behind every turn of the loop, whatever woke it: what is due is never later than that.
void Generator::tick() {
  const Nanoseconds time = now();
  if (issuing_) release(time);
  give_up_late(time);
  naps_.wake(time, naps_a_turn);
  if (issuing_ && orders_.length != 0 && time >= orders_.length) stop_issuing(orders_.length);
  if (issuing_ && nothing_more_is_due()) stop_issuing(time);
  if (issuing_) return;
  if (time >= drain_until_) end_all();
  if (!flights_.empty() || !streaming_.empty()) return;
  done_ = true;
  over_at_ = time;
  tell_done_();
}

/// A schedule with a length goes on to its end, even where nothing is due for a while.
bool Generator::nothing_more_is_due() const noexcept {
  if (orders_.arrivals) return !next_ && (orders_.length == 0 || orders_.load.requests);
  return flights_.empty() && streaming_.empty() && resting_.empty();
}

void Generator::release(Nanoseconds time) {
  while (next_ && next_->at <= time) {
    const Due due = *next_;
    advance();
    lateness_.record(static_cast<std::uint64_t>(time - due.at));
    issue(due, time, 0);
  }
  while (!resting_.empty() && resting_.top().until <= time) {
    const Rest rest = resting_.top();
    resting_.pop();
    ask_again(rest.user, time, time);
  }
}

void Generator::advance() {
  for (unsigned i = 0; i != orders_.load.threads; ++i) {
    next_ = arrivals_->next();
    if (!next_) return;
  }
}

Flight& Generator::take_flight(Pool& pool) {
  if (spare_.empty()) {
    owned_.push_back(std::make_unique<Flight>());
    spare_.push_back(owned_.back().get());
  }
  Flight& flight = *spare_.back();
  spare_.pop_back();
  if (flight.pool != &pool) {
    flight.check.reset();
    flight.scanner.reset();
  }
  flight.pool = &pool;
  pool.equip(flight);
  return flight;
}

void Generator::issue(const Due& due, Nanoseconds time, std::uint32_t user) {
  auto& pool = *pools_[due.lane];
  Flight& flight = take_flight(pool);
  flight.prepared = pool.lane().prepared.targets[due.target].get();
  flight.user = user;
  flight.retried = false;
  flight.sample = {};
  flight.begin_again();
  flight.sample.due = due.at;
  flight.sample.noticed = time;
  flight.sample.target = due.target;
  flight.sample.warm_up = orders_.load.warm_up == plan::WarmUp::fixed && due.at < orders_.load.warm_up_for;
  last_due_ = due.at;
  if (!flight.sample.warm_up) pool.occupancy.up(due.at, time);
  flights_.push_back(flight);
  pool.dispatch(flight);
}

bool Generator::may_ask(Nanoseconds due) noexcept {
  if (!issuing_) return false;
  if (orders_.length != 0 && due >= orders_.length) return false;
  const auto& load = orders_.load;
  const bool counts = load.warm_up != plan::WarmUp::fixed || due >= load.warm_up_for;
  return !load.requests || !counts || orders_.left.fetch_sub(1, std::memory_order_relaxed) > 0;
}

void Generator::ask_again(std::uint32_t user, Nanoseconds due, Nanoseconds time) {
  if (!may_ask(due)) return;
  const std::uint32_t lane = lane_of_turn(turns_[user]++, pools_.size(), orders_.load.seed + user);
  const auto targets = static_cast<std::uint32_t>(pools_[lane]->lane().prepared.targets.size());
  const std::uint32_t target = next_target_[lane] % targets;
  next_target_[lane] = (target + orders_.load.threads) % targets;
  issue({due, lane, target}, time, user);
}

void Generator::over(Flight& flight) {
  flight.pool->recorder.record(flight.sample);
  if (orders_.tape != nullptr) orders_.tape->put(index_, flight.sample, flight.pool->lane().number);
  if (!flight.sample.warm_up) flight.pool->occupancy.down(flight.sample.end, latest_);
  flight.hook.unlink();
  const std::uint32_t user = flight.user;
  const Nanoseconds end = flight.sample.end;
  const bool refused = was_refused(flight.sample.ending);
  spare_.push_back(&flight);
  if (orders_.arrivals || !issuing_) return;
  // Its time is when the one before it ended, and that is when we heard of it.
  if (refused)
    resting_.push({end + rest_after_refusal, user});
  else
    ask_again(user, end, latest_);
}

void Generator::give_up_late(Nanoseconds time) {
  bool any = false;
  while (!flights_.empty() && flights_.front().sample.due + orders_.load.timeout <= time) {
    Flight& flight = flights_.front();
    // A stream of events that has begun goes on until the run is over.
    if (flight.scanner && flight.last_event != measure::never) {
      flight.hook.unlink();
      streaming_.push_back(flight);
      continue;
    }
    flight.pool->give_up(flight, Ending::timed_out);
    any = true;
  }
  if (!any) return;
  // Connections that were being made for them may be made for others now, who are not late.
  for (auto& pool : pools_) pool->serve_starving();
}

void Generator::stop_issuing(Nanoseconds time) {
  if (!issuing_) return;
  issuing_ = false;
  add_cpu(thread_, 1);
  thread_.wall += now();
  drain_until_ = time + orders_.load.drain;
}

void Generator::end_all() {
  ending_ = true;
  for (auto* list : {&flights_, &streaming_}) {
    while (!list->empty()) {
      Flight& flight = list->front();
      flight.pool->give_up(flight, Ending::in_flight);
    }
  }
}

ThreadFacts Generator::thread_facts() const {
  ThreadFacts facts = thread_;
  const auto at = [](const measure::Histogram& histogram, double percentile) {
    return static_cast<Nanoseconds>(histogram.value_at_percentile(percentile));
  };
  facts.loop_lag = lag_;
  facts.loop_lag_mean = static_cast<Nanoseconds>(lag_.mean());
  facts.loop_lag_p99 = at(lag_, 99);
  facts.loop_lag_max = static_cast<Nanoseconds>(lag_.max());
  facts.lateness_p50 = at(lateness_, 50);
  facts.lateness_p99 = at(lateness_, 99);
  facts.lateness_max = static_cast<Nanoseconds>(lateness_.max());
  return facts;
}

}  // namespace loadtest::drive
