#pragma once
// Where requests wait for a site that sleeps: those of one worker, by site. Nothing of their bodies is read meanwhile. Lives on its
// worker's thread.

#include <boost/intrusive/list.hpp>
#include <map>
#include <optional>

#include "gateway/http/exchange.hpp"
#include "gateway/net/deadline.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/proxy/router.hpp"
#include "gateway/proxy/wake_line.hpp"

namespace gw::proxy {

class Lobby {
 public:
  enum class End : std::uint8_t {
    called,  ///< what is said of the site has changed: look at it again
    late,    ///< the time is over
    gone,    ///< the client has left
    closed,  ///< nobody waits here any more
  };

  explicit Lobby(net::Worker& worker) noexcept : worker_(worker) {}
  Lobby(const Lobby&) = delete;
  Lobby& operator=(const Lobby&) = delete;

  /// Waits until the site of `route`, which has a pulse, sleeps no more; at most until `end`, and not longer than the client does. The
  /// snapshot that has the route must outlive the wait.
  net::Task<End> wait(http::ClientSide& client, const Route& route, net::Clock::time_point end);

  /// Another configuration is in force: calls those whose site sleeps no more. Whoever sleeps anew is asked for anew.
  void use(const Router& newest, const WakeLine& line);

  /// Ends every wait. Whoever comes from here on must not begin to.
  void close();
  bool closed() const noexcept { return closed_; }

  std::size_t size() const noexcept { return size_; }

 private:
  // A deadline is in a list of its own.
  using Hook = boost::intrusive::list_base_hook<boost::intrusive::tag<Lobby>>;

  /// One request that waits; lives in its coroutine.
  class Guest final : public Hook, private net::Deadline {
   public:
    Guest(Lobby& lobby, const Route& route) noexcept : net::Deadline(lobby.worker_.deadlines()), lobby_(lobby), route_(route) {}
    const Route& route() const noexcept { return route_; }
    net::Task<End> over(http::ClientSide& client, net::Clock::time_point end);
    /// It is in no list any more.
    void stop(End how) noexcept;

   private:
    void expired() noexcept override { leave(End::late); }
    void leave(End how) noexcept;

    Lobby& lobby_;
    const Route& route_;
    net::Waiter waiter_;
    std::optional<End> end_;
  };
  using List = boost::intrusive::list<Guest, boost::intrusive::base_hook<Hook>, boost::intrusive::constant_time_size<false>>;

  void forget(Guest& guest) noexcept;
  void end_all(List guests, End how);

  net::Worker& worker_;
  std::map<const Pulse*, List> by_site_;
  std::size_t size_ = 0;
  bool closed_ = false;
};

}  // namespace gw::proxy
