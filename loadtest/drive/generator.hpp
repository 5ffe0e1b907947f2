#pragma once
// One thread of the generator: its schedule, its clock, its requests under way.

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "gateway/net/worker.hpp"
#include "loadtest/drive/naps.hpp"
#include "loadtest/drive/pool.hpp"
#include "loadtest/drive/run.hpp"
#include "loadtest/measure/histogram.hpp"
#include "loadtest/service/clock.hpp"

namespace loadtest::drive {

/// What all threads are told.
struct Orders {
  plan::Load load;
  Seats seats;
  std::vector<LanePlan> lanes;
  std::function<std::unique_ptr<Arrivals>()> arrivals;  ///< null: a closed loop
  Nanoseconds length = 0;  ///< until nothing more is due, warm-up included; of a closed loop without `duration` there is none
  Tape* tape = nullptr;    ///< null: nobody wants requests one by one
  /// Before the run connections are waited for no longer than this: who never answers is for the run to tell.
  Nanoseconds patience() const noexcept { return std::min<Nanoseconds>(load.timeout, 10'000'000'000); }
  std::atomic<std::int64_t> left{0};  ///< requests of a closed loop that are still to be made, if `load.requests` says how many
};

class Generator final : private gw::net::Pollable {
 public:
  Generator(Orders& orders, unsigned index);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // From the thread that runs everything.

  /// The life of its thread: connects, calls `ready`, waits for `start`, calls `done`, waits for `quit`.
  void run(std::function<void()> ready, std::function<void()> done);
  /// The beginning of the run, on the steady clock.
  void start(Nanoseconds zero);
  /// Nothing more is due, and what is under way is left there.
  void abandon();
  void quit();
  /// Calls `job` on its thread, soon; as long as it runs.
  void ask(std::function<void()> job) { worker_.post(std::move(job)); }

  // When its thread has ended, or on it.

  std::vector<std::unique_ptr<Pool>>& pools() noexcept { return pools_; }
  ThreadFacts thread_facts() const;
  GeneratorFacts& facts() noexcept { return facts_; }
  /// When the last request was due.
  Nanoseconds last_due() const noexcept { return last_due_; }
  /// When the last answer was here, or given up.
  Nanoseconds over_at() const noexcept { return over_at_; }

  // For its pools and their carriers.

  gw::net::Worker& worker() noexcept { return worker_; }
  gw::net::Poller& poller() noexcept { return worker_.poller(); }
  const plan::Load& load() const noexcept { return orders_.load; }
  /// The run's time.
  Nanoseconds now() noexcept { return latest_ = service::steady_now() - zero_; }
  std::span<char> scratch() noexcept { return scratch_; }
  Landed& landing() noexcept { return landing_; }
  /// Has the run begun?
  bool started() const noexcept { return started_; }
  Naps& naps() noexcept { return naps_; }
  /// Something that has happened has its turn now.
  void handles() noexcept;
  /// A request is over.
  void over(Flight& flight);
  void bury(std::unique_ptr<Carrier> carrier) { buried_.push_back(std::move(carrier)); }
  /// Is nothing begun again any more?
  bool ending() const noexcept { return ending_; }

 private:
  /// A user of a closed loop who makes a request at that time.
  struct Rest {
    Nanoseconds until;
    std::uint32_t user;
    friend bool operator>(const Rest& a, const Rest& b) noexcept { return a.until > b.until; }
  };

  void ready(std::uint32_t) noexcept override {}  // the timer: what is due is looked at behind every turn
  void wait() noexcept;
  void begin();
  void tick();
  bool nothing_more_is_due() const noexcept;
  void release(Nanoseconds now);
  void advance();
  void issue(const Due& due, Nanoseconds now, std::uint32_t user);
  void ask_again(std::uint32_t user, Nanoseconds due, Nanoseconds now);
  bool may_ask(Nanoseconds now) noexcept;
  void give_up_late(Nanoseconds now);
  void stop_issuing(Nanoseconds now);
  void end_all();
  Nanoseconds wake_at() const noexcept;
  Flight& take_flight(Pool& pool);

  Orders& orders_;
  const unsigned index_;
  gw::net::Worker worker_{gw::net::Worker::Sleeps::in_poller};
  gw::net::Descriptor timer_;
  Nanoseconds armed_;  ///< when the timer will tell
  Nanoseconds zero_ = 0;
  Nanoseconds latest_ = 0;
  Naps naps_;
  std::vector<std::unique_ptr<Carrier>> buried_;
  std::vector<std::unique_ptr<Pool>> pools_;
  std::vector<char> scratch_;
  Landed landing_;

  std::unique_ptr<Arrivals> arrivals_;
  std::optional<Due> next_;
  Flights flights_;    ///< under way, in the order of their due times
  Flights streaming_;  ///< likewise, but they take as long as they take
  std::vector<std::unique_ptr<Flight>> owned_;
  std::vector<Flight*> spare_;
  std::priority_queue<Rest, std::vector<Rest>, std::greater<>> resting_;
  std::vector<std::uint64_t> turns_;        ///< by user: how many requests he has made
  std::vector<std::uint32_t> next_target_;  ///< by lane

  bool started_ = false;
  bool issuing_ = false;
  bool ending_ = false;
  bool done_ = false;
  bool quit_ = false;
  Nanoseconds drain_until_ = 0;
  Nanoseconds last_due_ = 0;
  Nanoseconds over_at_ = 0;
  std::function<void()> tell_done_;

  GeneratorFacts facts_;
  ThreadFacts thread_;
  measure::Histogram lag_{2};
  measure::Histogram lateness_{2};
  std::uint64_t turn_ = 0;
  Nanoseconds turn_began_ = 0;
};

}  // namespace loadtest::drive
