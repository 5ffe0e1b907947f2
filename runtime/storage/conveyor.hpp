#pragma once
// Pieces of a long stream on their way between a thread that blocks and the worker's thread, a few at a time: whoever is faster waits.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/net/task.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"

namespace runtime::storage {

/// Belongs to the worker's thread; the other thread must have ended before it goes.
class Conveyor {
 public:
  explicit Conveyor(gw::net::Worker& worker) : worker_(worker) {}
  ~Conveyor() { *alive_ = nullptr; }
  Conveyor(const Conveyor&) = delete;
  Conveyor& operator=(const Conveyor&) = delete;

  // Called by the thread.

  /// False: nobody takes it any more.
  bool put(std::string_view bytes);
  /// The next piece; empty: there are no more.
  std::string take();
  /// It puts and takes no more.
  void finish();

  // Called by the worker's thread.

  /// The next piece; empty: the thread has finished.
  gw::net::Task<std::string> next();
  /// False: the thread has finished, nobody takes it any more.
  gw::net::Task<bool> give(std::string_view bytes);
  /// No more is given and none is taken: the thread finds the end, at once or after what lies there.
  void close();
  /// Until the thread has finished.
  gw::net::Task<> finished();

  static constexpr std::size_t piece_size = 64 << 10;
  static constexpr std::size_t most_pieces = 8;

 private:
  void wake();

  gw::net::Worker& worker_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> pieces_;
  bool finished_ = false;
  bool closed_ = false;
  gw::net::Waiter waiter_;
  std::shared_ptr<Conveyor*> alive_ = std::make_shared<Conveyor*>(this);
};

}  // namespace runtime::storage
