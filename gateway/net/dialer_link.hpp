#pragma once
// One connection to the dialer: sends asks, hands each answer to the coroutine that waits for it. Lives on its worker's thread.

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/net/deadline.hpp"
#include "gateway/net/descriptor_passing.hpp"
#include "gateway/net/dialer_message.hpp"
#include "gateway/net/task.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

/// An ask that waits for its answer.
class PendingAsk final : private Deadline {
 public:
  enum class State : unsigned char {
    waiting,
    answered,
    late,  ///< no answer within the timeout
    lost,  ///< the connection broke before the answer; asking again is safe
  };

  PendingAsk(Worker& worker, Duration timeout) noexcept : Deadline(worker.deadlines()) { expires_in(timeout); }

  State state = State::waiting;
  DialerSockets answer;
  std::vector<Descriptor> sockets;
  Waiter waiter;

  void settle(State how) noexcept {
    clear();
    state = how;
    waiter.notify();
  }

 private:
  void expired() noexcept override { settle(State::late); }
};

class DialerLink final : private Pollable, public std::enable_shared_from_this<DialerLink> {
 public:
  /// Connects at once (a UNIX socket never waits); nothing when nobody answers at `path`.
  static std::shared_ptr<DialerLink> open(Worker& worker, const std::string& path);
  ~DialerLink();
  DialerLink(const DialerLink&) = delete;
  DialerLink& operator=(const DialerLink&) = delete;

  /// Sends the ask and waits until `pending` is settled, however that ends.
  Task<> ask(DialerAsk message, PendingAsk& pending);

  bool broken() const noexcept { return !socket_; }
  /// Closes the connection; what still waits is lost.
  void close() noexcept;

 private:
  DialerLink(Worker& worker, Descriptor socket);
  void ready(std::uint32_t events) noexcept override;
  bool send_unsent() noexcept;
  Passed take_packet();

  Worker& worker_;
  Descriptor socket_;
  std::deque<std::string> unsent_;
  std::unordered_map<std::uint32_t, PendingAsk*> pending_;
};

}  // namespace gw::net
