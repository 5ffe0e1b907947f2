#pragma once
// The loop: accepts, checks who calls, answers packet by packet. One thread, nothing blocks; a client that does
// anything unexpected, or does not fetch its answers, loses its connection and nothing else.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

#include "gateway/net/descriptor_passing.hpp"
#include "gateway/net/dialer_message.hpp"
#include "runtime/dialer/network_namespace.hpp"
#include "runtime/dialer/registry.hpp"

namespace runtime::dialer {

/// Which of the two sockets a client came by: what it may say.
enum class Role : std::uint8_t {
  asker,      ///< may ask for sockets and ping
  registrar,  ///< may say everything but ask
};

struct ServerSettings {
  std::vector<uid_t> askers;      ///< users that may connect to the dialer socket
  std::vector<uid_t> registrars;  ///< users that may connect to the registrar socket
  std::size_t containers = 4096;  ///< how many may be registered
  std::size_t clients = 256;      ///< connections of both kinds; one more is closed at once
};

class Server {
 public:
  /// Throws std::system_error when the loop cannot be set up.
  Server(ServerSettings settings, gw::net::Descriptor asking, gw::net::Descriptor registering);

  /// Runs until SIGTERM or SIGINT. Throws std::system_error when the loop itself breaks.
  void run();

 private:
  struct Client {
    gw::net::Descriptor socket;
    Role role;
  };

  void watch(int fd, std::uint64_t key);
  void accept(const gw::net::Descriptor& listener, Role role);
  bool welcome(int socket, Role role) const noexcept;
  /// Answers what has come; false: the client is to be closed.
  bool serve(Client& client);
  bool answer(Client& client, const gw::net::DialerRequest& request, std::vector<gw::net::Descriptor> descriptors);
  bool give_sockets(Client& client, const gw::net::DialerAsk& ask);
  gw::net::DialerStatus enlist(const gw::net::DialerRegister& registration, std::vector<gw::net::Descriptor> descriptors);
  gw::net::DialerDone done(std::uint32_t tag, gw::net::DialerStatus status) const noexcept;

  ServerSettings settings_;
  NetworkNamespace namespaces_;
  Registry registry_;
  std::uint64_t instance_ = 0;
  gw::net::Descriptor asking_;
  gw::net::Descriptor registering_;
  gw::net::Descriptor signals_;
  gw::net::Descriptor loop_;
  /// Given up to close a connection that the descriptor limit leaves no room for; otherwise it would be reported for
  /// ever.
  gw::net::Descriptor reserve_;
  /// By a number that is never used again: an event of a client that has gone must not reach the next one.
  std::map<std::uint64_t, Client> clients_;
  std::uint64_t next_client_ = 16;
};

}  // namespace runtime::dialer
