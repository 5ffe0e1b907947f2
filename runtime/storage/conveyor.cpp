#include "runtime/storage/conveyor.hpp"

#include <boost/asio/post.hpp>

namespace runtime::storage {

bool Conveyor::put(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || pieces_.size() < most_pieces; });
  if (closed_) return false;
  pieces_.emplace_back(bytes);
  lock.unlock();
  wake();
  return true;
}

std::string Conveyor::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || !pieces_.empty(); });
  if (pieces_.empty()) return {};
  std::string piece = std::move(pieces_.front());
  pieces_.pop_front();
  lock.unlock();
  wake();
  return piece;
}

void Conveyor::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  wake();
}

void Conveyor::wake() {
  boost::asio::post(worker_.executor(), [handle = alive_] {
    if (*handle != nullptr) (*handle)->waiter_.notify();
  });
}

gw::net::Task<std::string> Conveyor::next() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (!pieces_.empty()) {
        std::string piece = std::move(pieces_.front());
        pieces_.pop_front();
        changed_.notify_one();
        co_return piece;
      }
      if (finished_) co_return std::string();
    }
    co_await waiter_.wait();
  }
}

gw::net::Task<bool> Conveyor::give(std::string_view bytes) {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (finished_ || closed_) co_return false;
      if (pieces_.size() < most_pieces) {
        pieces_.emplace_back(bytes);
        changed_.notify_one();
        co_return true;
      }
    }
    co_await waiter_.wait();
  }
}

void Conveyor::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

gw::net::Task<> Conveyor::finished() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (finished_) co_return;
    }
    co_await waiter_.wait();
  }
}

}  // namespace runtime::storage
