#pragma once
// The tunnels of one worker, by the host of their routes: a change of one host asks nobody but the tunnels of that host
// whether they may go on. Lives on its worker's thread.

#include <boost/intrusive/list.hpp>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "gateway/net/deadline.hpp"
#include "gateway/proxy/snapshot.hpp"

namespace gw::proxy {

class Tunnels;

/// One tunnel as long as it is open.
class OpenTunnel : public boost::intrusive::list_base_hook<> {
 public:
  /// All must outlive it. `endpoint` is where it leads to, by its text.
  OpenTunnel(net::DeadlineWheel& wheel, Tunnels& tunnels, const Route& route, std::string_view endpoint);
  OpenTunnel(const OpenTunnel&) = delete;
  OpenTunnel& operator=(const OpenTunnel&) = delete;

  /// Does the route still stand in `router`, and still lead to where the tunnel does?
  bool stands(const Router& router) const noexcept;
  const Route& route() const noexcept { return route_; }
  /// Has it end in a while. The first word counts.
  void end_in(net::Duration delay) noexcept;

 protected:
  virtual ~OpenTunnel();
  /// The time has come: it must come to an end by itself, soon. Called once.
  virtual void end() noexcept = 0;

 private:
  class Turn final : public net::Deadline {
   public:
    Turn(net::DeadlineWheel& wheel, OpenTunnel& tunnel) noexcept : net::Deadline(wheel), tunnel_(tunnel) {}

   private:
    void expired() noexcept override { tunnel_.end(); }
    OpenTunnel& tunnel_;
  };

  Tunnels& tunnels_;
  const Route& route_;
  std::string_view endpoint_;
  Turn turn_;
  bool told_ = false;
};

class Tunnels {
 public:
  explicit Tunnels(std::shared_ptr<const Snapshot> snapshot) : snapshot_(std::move(snapshot)) {}
  Tunnels(const Tunnels&) = delete;
  Tunnels& operator=(const Tunnels&) = delete;

  /// Another configuration is in force; `hosts` are the patterns whose routes are not what they were. Ends the tunnels of those
  /// that do not stand any more, one after the other.
  void use(std::shared_ptr<const Snapshot> snapshot, std::span<const std::string> hosts);

  /// Ends all, and whatever is opened from here on; the last one not before `within` if there are many.
  void end_all(net::Duration within);

  std::size_t size() const noexcept { return size_; }

 private:
  friend class OpenTunnel;
  using List = boost::intrusive::list<OpenTunnel, boost::intrusive::constant_time_size<false>>;

  void add(OpenTunnel& tunnel);
  void remove(OpenTunnel& tunnel) noexcept;

  std::shared_ptr<const Snapshot> snapshot_;
  std::map<std::string, List, std::less<>> by_host_;
  std::size_t size_ = 0;
  bool ending_ = false;
};

}  // namespace gw::proxy
