#include "runtime/supervise/swap_out.hpp"

#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <chrono>
#include <thread>

#include "runtime/supervise/signal.hpp"

namespace runtime::supervise {
namespace {

constexpr std::chrono::milliseconds again{5};

// Breaks off a system call of the thread that it is sent to, and does nothing else. Whoever else gets one notices nothing.
constexpr int breaks_off = SIGURG;

void hear_signal() {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // none, and the kernel would throw it away; without SA_RESTART
  ::sigaction(breaks_off, &action, nullptr);
}

}  // namespace

/// The two threads meet in `state` only: whoever changes it decides who puts the group back.
struct SwapOut::Job {
  enum class State : std::uint8_t { waits, runs, done, called_off };
  std::string container;
  std::int64_t pid = 0;
  std::optional<MemoryGroup> group{};  ///< set before it is done
  pthread_t thread{};                  ///< set before it runs
  std::atomic<State> state = State::waits;
  std::atomic<bool> over = false;  ///< the thread beside has left it
};

SwapOut::Machine SwapOut::here() {
  return {[](std::int64_t pid, const std::string& container) { return memory_group_of(pid, container); },
          [] { return memory_now(); }};
}

SwapOut::SwapOut(gw::net::Worker& worker, Machine machine) : worker_(worker), machine_(std::move(machine)) {}

// The kernel may need seconds for a large container, and the end of `serve` is not to wait for them.
SwapOut::~SwapOut() {
  std::shared_ptr<Job> under_way = broken_off_;
  for (const auto& [container, job] : jobs_)
    if (job->state.exchange(Job::State::called_off) == Job::State::runs) under_way = job;
  for (; under_way && !under_way->over; std::this_thread::sleep_for(again)) interrupt(*under_way);
  if (thread_) thread_->join();
}

void SwapOut::frozen(const std::string& container, std::int64_t pid) {
  if (!thread_) {
    hear_signal();
    thread_.emplace(1);
  }
  const auto job = std::make_shared<Job>();
  job->container = container;
  job->pid = pid;
  jobs_[container] = job;
  boost::asio::post(*thread_, [this, job] { run(*job); });
}

void SwapOut::leaves(const std::string& container) {
  const auto found = jobs_.find(container);
  if (found == jobs_.end()) return;
  const auto job = std::move(found->second);
  jobs_.erase(found);
  switch (job->state.exchange(Job::State::called_off)) {
    case Job::State::runs:
      broken_off_ = job;
      worker_.spawn(break_off(worker_, job));
      break;
    case Job::State::done:
      worker_.post([job] {
        if (job->group) forbid_swap(*job->group);
      });
      break;
    case Job::State::waits:
    case Job::State::called_off:
      break;
  }
}

void SwapOut::interrupt(const Job& job) noexcept { ::pthread_kill(job.thread, breaks_off); }

// More than once: a signal may come just before the call that it is to break off.
gw::net::Task<> SwapOut::break_off(gw::net::Worker& worker, std::shared_ptr<Job> job) {
  while (!job->over) {
    interrupt(*job);
    co_await pause_for(worker, again);
  }
}

std::string SwapOut::take(Job& job) const {
  const auto group = machine_.group(job.pid, job.container);
  const auto still = [&job] { return job.state == Job::State::runs; };
  if (!group || !is_worth_taking(machine_.memory(), held_by(*group), still())) return {};
  job.group = group;
  allow_swap(*group);
  return take_memory(*group, still);
}

void SwapOut::run(Job& job) const {
  job.thread = ::pthread_self();
  auto expected = Job::State::waits;
  if (!job.state.compare_exchange_strong(expected, Job::State::runs)) return;
  const std::string problem = take(job);
  expected = Job::State::runs;
  // It has woken meanwhile, and left to us what is to be put back.
  if (!job.state.compare_exchange_strong(expected, Job::State::done) && job.group) forbid_swap(*job.group);
  job.over = true;
  if (problem.empty()) return;
  worker_.post([problem, said = said_] {
    if (*said != problem) spdlog::warn("frozen Spaces keep their memory: {}", problem);
    *said = problem;
  });
}

}  // namespace runtime::supervise
