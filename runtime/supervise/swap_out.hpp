#pragma once
// Frozen Spaces give their memory back where the machine has swap. One container after the other, on a thread of its own; one that
// wakes waits for nothing: what the kernel is doing to it is broken off. Main thread.

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/worker.hpp"
#include "runtime/supervise/reclaim.hpp"

namespace runtime::supervise {

class SwapOut {
 public:
  /// What is asked of the machine; on the thread beside.
  struct Machine {
    std::function<std::optional<MemoryGroup>(std::int64_t pid, const std::string& container)> group;
    std::function<Memory()> memory;
  };
  /// This one.
  static Machine here();

  explicit SwapOut(gw::net::Worker& worker, Machine machine = here());
  ~SwapOut();
  SwapOut(const SwapOut&) = delete;
  SwapOut& operator=(const SwapOut&) = delete;

  /// `container`, with that first process, has been frozen for as long as it sleeps.
  void frozen(const std::string& container, std::int64_t pid);
  /// It is about to run again or to be removed; returns at once. What has not begun is forgotten.
  void leaves(const std::string& container);

 private:
  struct Job;
  static void interrupt(const Job& job) noexcept;
  static gw::net::Task<> break_off(gw::net::Worker& worker, std::shared_ptr<Job> job);
  void run(Job& job) const;
  std::string take(Job& job) const;

  gw::net::Worker& worker_;
  Machine machine_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;  ///< of what is frozen, by container
  std::shared_ptr<Job> broken_off_;  ///< the last that was under way when its container left; there is one thread
  std::shared_ptr<std::string> said_ = std::make_shared<std::string>();  ///< the last problem, which is not said twice
  std::optional<boost::asio::thread_pool> thread_;                       ///< made when first needed
};

}  // namespace runtime::supervise
