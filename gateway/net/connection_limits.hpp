#pragma once
// The limits on clients' connections (rule 68): how many in all, how many and how fast for each client. One for the process, shared
// by its workers, each of which comes in by a `Door` of its own.

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "gateway/net/client_shares.hpp"

namespace gw::net {

class Door;

class ConnectionLimits {
 public:
  /// In each of them 0 is: no limit.
  struct Settings {
    std::uint32_t connections = 0;     ///< of all clients; beyond it nobody is accepted
    std::uint32_t per_client = 0;      ///< of one client; one more is ended at once
    std::uint32_t new_per_second = 0;  ///< from one client, in the long run; likewise
    std::uint32_t burst = 1;           ///< and so many of them at once
  };
  /// What has come of them.
  struct Counts {
    std::uint64_t too_many = 0;     ///< connections that were refused: the client had its share
    std::uint64_t too_fast = 0;     ///< likewise: it came too often
    std::uint64_t full = 0;         ///< times that accepting was paused: all connections were in use
    std::uint64_t descriptors = 0;  ///< likewise: the process had no descriptors left
    ClientKey last_refused = ClientKey::nobody;
  };

  ConnectionLimits();
  ~ConnectionLimits();
  ConnectionLimits(const ConnectionLimits&) = delete;
  ConnectionLimits& operator=(const ConnectionLimits&) = delete;

  /// Puts other limits in force, on one thread. What is open stays open. A client's connections count from when they are first
  /// limited: those of before are free.
  void use(const Settings& settings);
  Settings settings() const noexcept;
  Counts counts() const noexcept;
  std::uint32_t connections() const noexcept { return held_.load(std::memory_order_relaxed); }

 private:
  friend class Door;
  friend class Place;

  /// Where clients are counted; null: they are not.
  ClientShares* shares() const noexcept { return shares_.load(std::memory_order_acquire); }
  bool enter() noexcept;
  void leave() noexcept;
  bool claim(ClientShares& shares, ClientShares::Spot spot, ClientKey client) noexcept;
  void reconsider() noexcept;
  std::uint32_t low() const noexcept;

  std::atomic<std::uint32_t> connections_{0};
  std::atomic<std::uint32_t> per_client_{0};
  std::atomic<std::uint32_t> new_per_second_{0};
  std::atomic<std::uint32_t> burst_{1};
  std::atomic<ClientShares*> shares_{nullptr};  ///< ours; made when clients are first limited, kept until the end
  alignas(64) std::atomic<std::uint32_t> held_{0};
  std::atomic<bool> shut_{false};  ///< it was full, and is not yet empty enough
  alignas(64) std::atomic<std::uint64_t> too_many_{0};
  std::atomic<std::uint64_t> too_fast_{0};
  std::atomic<std::uint64_t> full_{0};
  std::atomic<std::uint64_t> descriptors_{0};
  std::atomic<ClientKey> last_refused_{ClientKey::nobody};
  std::vector<Door*> doors_;  ///< changed only while no worker runs
};

}  // namespace gw::net
