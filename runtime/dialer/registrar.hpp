#pragma once
// The runtime's side of the registrar socket: tells the dialer which container has which namespace. Blocking, with a
// bound on every wait; one connection, made anew when it broke. Not for the gateway's workers.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gateway/net/descriptor_passing.hpp"
#include "gateway/net/dialer_message.hpp"

namespace runtime::dialer {

/// One start of a container, as an inspection of the engine shows it.
struct Start {
  std::string container;                      ///< full id
  std::uint64_t generation = 0;               ///< counts the starts of this container; see the endpoint form `netns:`
  pid_t pid = 0;                              ///< State.Pid
  std::string sandbox_key;                    ///< NetworkSettings.SandboxKey; empty where the engine gives none
  std::vector<gw::net::IpAddress> addresses;  ///< its own, those that a client inside would use
};

/// Inspects a container: the start that runs now, or nothing when none does.
using Inspect = std::function<std::optional<Start>()>;

/// How a registrar operation went; `problem` is for people and empty when it went well.
struct Outcome {
  gw::net::DialerStatus status = gw::net::DialerStatus::ok;
  std::string problem;
  bool ok() const noexcept { return problem.empty(); }
};

/// What the dialer says of itself. `instance` changes when it starts anew: everything is to be registered again.
struct DialerState {
  std::uint64_t instance = 0;
  std::uint32_t containers = 0;
};

class Registrar {
 public:
  explicit Registrar(std::string socket_path, std::chrono::milliseconds timeout = std::chrono::seconds(2));

  /// Opens the namespace of the start that `inspect` shows, inspects again, and registers it when both agree: between
  /// inspection and opening a process id may have come to mean another container. Tried up to three times.
  Outcome add(const Inspect& inspect);

  /// Registers every running container, as after a restart of the dialer. Goes on after a failure; returns the
  /// problems.
  std::vector<std::string> add_all(const std::vector<Inspect>& containers);

  /// Forgets this start and earlier ones. One that is not registered is no problem.
  Outcome remove(const std::string& container, std::uint64_t generation);

  /// What is registered; nothing when the dialer does not answer.
  std::optional<std::vector<gw::net::DialerListing::Entry>> list();

  /// Does the dialer answer? Nothing: it does not, within the timeout.
  std::optional<DialerState> ping();

 private:
  std::optional<gw::net::DialerReply> call(const gw::net::DialerRequest& request,
                                           std::span<const gw::net::Descriptor> descriptors = {});
  std::optional<gw::net::DialerReply> call_once(const std::string& packet, std::uint32_t tag,
                                                std::span<const gw::net::Descriptor> descriptors);
  bool connect();
  Outcome outcome(const std::optional<gw::net::DialerReply>& reply, const std::string& container) const;

  std::string path_;
  std::chrono::milliseconds timeout_;
  gw::net::Descriptor socket_;
  std::uint32_t next_tag_ = 1;
};

/// Opens the network namespace of a start: by its sandbox key, else by its process. An empty descriptor: it is gone.
gw::net::Descriptor open_network_namespace(const Start& start);

}  // namespace runtime::dialer
