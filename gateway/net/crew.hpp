#pragma once
// Coroutines that outlive their work: whoever has done one job waits for the next instead of ending. Starting a coroutine of its own
// goes through Asio's queue and allocates what belongs to it; handing a job to one that waits is a call.

#include <memory>
#include <vector>

#include "gateway/net/task.hpp"
#include "gateway/net/waiter.hpp"

namespace gw::net {

class Worker;

/// Something to be done by a coroutine that nobody awaits.
class Job {
 public:
  /// May destroy the job before it ends. An exception that leaves it is a bug of ours: it is logged and swallowed.
  virtual Task<> run() = 0;

 protected:
  ~Job() = default;
};

/// The coroutines of one worker. Lives on its thread.
class Crew {
 public:
  explicit Crew(Worker& worker) noexcept;
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// Begins `job` at once, inside this call, where a member of the crew is free, else soon. It must live until its run ends.
  void start(Job& job);

 private:
  /// One coroutine: what it waits with, and for.
  struct Member {
    Waiter next;
    Job* job = nullptr;
    std::size_t place = 0;  ///< among the members
  };

  Task<> work(Member& member);

  Worker& worker_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<Member*> free_;
};

}  // namespace gw::net
