#pragma once
// The body of a request on its way to the upstream, beside the answer: an app may answer before it has read everything.

#include <optional>

#include "gateway/http/exchange.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/proxy/relay.hpp"

namespace gw::proxy {

/// A coroutine of its own for each body that is not here whole when its head is. Lives in the relay's frame, which awaits
/// `finished` before it ends.
class Upload final : private net::Deadline {
 public:
  Upload(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, Outcome& outcome, Presence& presence,
         std::uint64_t limit) noexcept;

  /// Starts. With `ask_first` the client waits for a 100: reading begins after `go`, or, when the app says nothing for a
  /// second, after a 100 of our own (rule 37).
  void start(bool ask_first);
  /// The app has asked for the body: its 100 is with the client.
  void go();
  /// The answer is complete: what is left of the body interests nobody.
  void stop();
  net::Task<> finished();
  /// Until our own 100 is with the client whole, if it is on its way: nothing else may be written to him before.
  net::Task<> told();

  bool running() const noexcept { return running_; }
  /// Why it ended early. A failure of the upstream's is not one of ours: its answer may be here all the same.
  const std::optional<net::Failure>& failure() const noexcept { return failure_; }

 private:
  void expired() noexcept override;
  net::Task<> run(bool ask_first);
  net::Task<bool> wait_for_go();
  void fail(net::Failure failure);
  void watch_client();
  void leave();

  net::Worker& worker_;
  http::ClientSide& client_;
  http::UpstreamSide& upstream_;
  Outcome& outcome_;
  Presence& presence_;
  const std::uint64_t limit_;
  net::Waiter gate_;
  net::Waiter end_;
  net::Waiter told_;
  std::optional<net::Failure> failure_;
  bool running_ = false;
  bool asked_ = false;    ///< the client may send
  bool telling_ = false;  ///< him so, with a 100 of our own
  bool stopped_ = false;
};

}  // namespace gw::proxy
