#include "loadtest/drive/run.hpp"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "loadtest/drive/arrivals.hpp"
#include "loadtest/drive/generator.hpp"
#include "loadtest/drive/system_counters.hpp"

namespace loadtest::drive {
namespace {

constexpr Nanoseconds second = 1'000'000'000;
// From the word to begin until the first request is due: what the slowest thread needs to hear it.
constexpr Nanoseconds head_start = 10'000'000;

/// What threads tell the one that waits for them, once each.
class Board {
 public:
  void is_ready() { count(ready_); }
  void is_done() { count(done_); }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  /// Until so many are ready; false: not in time, or stopped.
  bool wait_ready(std::size_t threads, Nanoseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::nanoseconds(time), [&] { return stopped_ || ready_ == threads; });
    return ready_ == threads;
  }
  /// Until so many are done, or that time of the steady clock; true: they are, or it was stopped.
  bool wait_done(std::size_t threads, Nanoseconds until) {
    std::unique_lock lock(mutex_);
    const std::chrono::steady_clock::time_point at{std::chrono::nanoseconds(until)};
    return changed_.wait_until(lock, at, [&] { return stopped_ || done_ == threads; });
  }
  void wait_all_done(std::size_t threads) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return done_ == threads; });
  }
  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  void count(std::size_t& what) {
    const std::lock_guard lock(mutex_);
    ++what;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t ready_ = 0;
  std::size_t done_ = 0;
  bool stopped_ = false;
};

/// The threads, from their first to their last breath.
class Crew {
 public:
  Crew(Orders& orders, Board& board) {
    for (unsigned i = 0; i != orders.load.threads; ++i) generators_.push_back(std::make_unique<Generator>(orders, i));
    for (auto& generator : generators_)
      threads_.emplace_back(
          [&board, &generator] { generator->run([&board] { board.is_ready(); }, [&board] { board.is_done(); }); });
  }
  ~Crew() { end(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Has them end, and waits.
  void end() {
    for (auto& generator : generators_) generator->quit();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  std::vector<std::unique_ptr<Generator>>& all() noexcept { return generators_; }

 private:
  std::vector<std::unique_ptr<Generator>> generators_;
  std::vector<std::thread> threads_;
};

/// Makes the plan what threads need. False: `problem` says why not.
bool give_orders(const Plan& plan, Orders& orders, std::string& problem) {
  orders.load = plan.load;
  orders.seats = plan.seats;
  auto& load = orders.load;
  std::vector<std::uint32_t> targets;
  bool paced = false;
  for (const auto& lane : plan.lanes) {
    auto& made = orders.lanes.emplace_back();
    made.number = static_cast<std::uint32_t>(orders.lanes.size() - 1);
    made.transport = lane.transport;
    made.expect = lane.expect;
    made.prepared = prepare(lane.targets, lane.transport);
    made.paced_sockets =
        !load.open_loop && lane.transport.protocol == plan::Protocol::websocket && lane.transport.websocket_rate > 0;
    paced = paced || made.paced_sockets;
    targets.push_back(static_cast<std::uint32_t>(lane.targets.size()));
    // Clients that have connections of their own go to the same place.
    std::map<std::pair<std::string, std::uint16_t>, std::size_t> known;
    for (const auto& origin : made.prepared.origins) {
      const auto [found, is_new] = known.try_emplace({origin.host, origin.port}, made.places.size());
      auto place = is_new ? find_place(origin, lane.transport, problem) : made.places[found->second];
      if (!place) return false;
      made.places.push_back(std::move(*place));
    }
  }
  const Nanoseconds warm_up = load.warm_up == plan::WarmUp::fixed ? load.warm_up_for : 0;
  if (paced) {
    // So many sockets with so many messages a second each are one schedule that goes round them.
    load.open_loop = true;
    load.most_connections = load.connections;
    const auto& transport = plan.lanes.front().transport;
    load.stages = {{warm_up + load.duration.value_or(0),
                    transport.websocket_rate * load.connections * static_cast<double>(plan.lanes.size())}};
    if (!load.duration && load.requests)
      load.stages.front().duration =
          static_cast<Nanoseconds>((static_cast<double>(*load.requests) / load.stages.front().rate + 1) * second);
  }
  if (load.open_loop) {
    orders.arrivals = plan.arrivals;
    if (!orders.arrivals) {
      orders.arrivals = [load, targets] { return std::make_unique<ScheduledArrivals>(load, targets); };
      orders.length = plan::Schedule(load).length();
    }
  } else {
    load.threads = std::min(load.threads, std::max(1U, load.connections));
    if (load.duration) orders.length = warm_up + *load.duration;
    orders.left = static_cast<std::int64_t>(load.requests.value_or(0));
  }
  return true;
}

/// Has each thread do something with what is its own, and waits until all have.
template <class Job>
void ask_all(Crew& crew, Job job) {
  std::vector<std::future<void>> answers;
  for (auto& generator : crew.all()) {
    auto told = std::make_shared<std::promise<void>>();
    answers.push_back(told->get_future());
    generator->ask([told, job, one = generator.get()] {
      job(*one);
      told->set_value();
    });
  }
  for (auto& answer : answers) answer.wait();
}

/// Has every lane a connection? If not, why, in `problem`.
bool anybody_there(Crew& crew, std::size_t lanes, std::string& problem) {
  std::vector<std::uint64_t> opened(lanes);
  std::vector<std::string> why(lanes, "nobody has accepted a connection in time");
  std::mutex mutex;
  ask_all(crew, [&](Generator& generator) {
    const std::lock_guard lock(mutex);
    for (std::size_t lane = 0; lane != lanes; ++lane) {
      const auto& pool = *generator.pools()[lane];
      opened[lane] += pool.facts.opened;
      if (!pool.problem().empty()) why[lane] = pool.problem();
    }
  });
  const auto nobody = std::find(opened.begin(), opened.end(), 0U);
  if (nobody == opened.end()) return true;
  problem = why[static_cast<std::size_t>(nobody - opened.begin())];
  return false;
}

Look look(Crew& crew, std::size_t lanes, Nanoseconds now, bool series) {
  Look seen;
  seen.now = now;
  seen.glances.resize(lanes);
  if (series) seen.series.resize(lanes);
  std::mutex mutex;
  ask_all(crew, [&](Generator& generator) {
    const std::lock_guard lock(mutex);  // of those who look, each in its turn: a few times a second
    for (std::size_t lane = 0; lane != lanes; ++lane) {
      auto& pool = *generator.pools()[lane];
      seen.glances[lane].merge(pool.recorder.glance());
      seen.connections += pool.open();
      if (series) seen.series[lane].merge(pool.recorder.series());
    }
  });
  return seen;
}

/// Until all is over, or somebody says so.
Ended watch(Crew& crew, Board& board, Watcher* watcher, std::size_t lanes, Nanoseconds zero, Nanoseconds& paused) {
  const std::size_t threads = crew.all().size();
  Ended ended = Ended::completed;
  const Nanoseconds interval = watcher == nullptr ? second : watcher->interval();
  Nanoseconds began = zero;
  // What the watcher takes for itself (a terminal that stands still) is no pause of ours.
  const auto next = [&] { return began = std::max(began + interval, service::steady_now()); };
  while (!board.wait_done(threads, next())) {
    // A moment for which this thread waits alone: much later than that, nothing of us ran.
    paused = std::max(paused, service::steady_now() - began);
    if (watcher == nullptr) continue;
    if (watcher->look(look(crew, lanes, service::steady_now() - zero, watcher->wants_series()))) continue;
    ended = Ended::failed_early;
    break;
  }
  if (board.stopped()) ended = Ended::stopped;
  if (ended != Ended::completed)
    for (auto& generator : crew.all()) generator->abandon();
  board.wait_all_done(threads);
  if (watcher != nullptr && ended == Ended::completed)
    watcher->look(look(crew, lanes, service::steady_now() - zero, watcher->wants_series()));
  return ended;
}

void add(LaneFacts& sum, const LaneFacts& facts) {
  sum.opened += facts.opened;
  sum.refused += facts.refused;
  sum.most_open += facts.most_open;
  sum.stale += facts.stale;
  sum.handshakes += facts.handshakes;
  sum.resumed += facts.resumed;
  sum.waited += facts.waited;
  if (!facts.protocol.empty()) sum.protocol = facts.protocol;
  if (!facts.tls.empty()) sum.tls = facts.tls;
}

void collect(Crew& crew, const Orders& orders, Run& run) {
  run.lanes.resize(orders.lanes.size());
  Nanoseconds last = 0;
  Nanoseconds over = 0;
  for (auto& generator : crew.all()) {
    for (std::size_t lane = 0; lane != run.lanes.size(); ++lane) {
      const auto& pool = *generator->pools()[lane];
      run.lanes[lane].series.merge(pool.recorder.series());
      add(run.lanes[lane].facts, pool.facts);
      run.lanes[lane].facts.in_flight += pool.occupancy.area();
      measure::merge_parts(run.lanes[lane].server_parts, pool.timing.parts());
    }
    run.generator.threads.push_back(generator->thread_facts());
    const auto& facts = generator->facts();
    run.generator.no_descriptors += facts.no_descriptors;
    run.generator.no_ports += facts.no_ports;
    run.generator.dropped += facts.dropped;
    last = std::max(last, generator->last_due());
    over = std::max(over, generator->over_at());
  }
  const auto& load = orders.load;
  const Nanoseconds warm_up = load.warm_up == plan::WarmUp::fixed ? load.warm_up_for : 0;
  const bool whole = run.ended == Ended::completed && orders.length != 0 && !load.requests;
  const Nanoseconds end = whole ? orders.length : last;
  run.length = std::max<Nanoseconds>(end - warm_up, 0);
  run.drained = std::max<Nanoseconds>(over - end, 0);
}

}  // namespace

Run run(const Plan& plan, Watcher* watcher, std::stop_token stop, Tape* tape) {
  Run run;
  Orders orders;
  orders.tape = tape;
  if (!give_orders(plan, orders, run.problem)) {
    run.ended = Ended::unreachable;
    return run;
  }
  const std::size_t lanes = orders.lanes.size();
  const auto throttled = throttled_periods();
  const auto drops = receive_drops();
  Board board;
  Crew crew(orders, board);
  const std::stop_callback told(stop, [&board] { board.stop(); });
  board.wait_ready(orders.load.threads, orders.patience());
  const bool there = anybody_there(crew, lanes, run.problem);
  if (board.stopped() || !there) {
    run.ended = board.stopped() ? Ended::stopped : Ended::unreachable;
    crew.end();
    collect(crew, orders, run);
    return run;
  }
  const Nanoseconds zero = service::steady_now() + head_start;
  run.began_at =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count() +
      head_start;
  for (auto& generator : crew.all()) generator->start(zero);
  if (watcher != nullptr) watcher->begins();
  run.ended = watch(crew, board, watcher, lanes, zero, run.generator.paused);
  crew.end();
  collect(crew, orders, run);
  run.generator.throttled = throttled_periods() - throttled;
  run.generator.receive_drops = receive_drops() - drops;
  return run;
}

}  // namespace loadtest::drive
