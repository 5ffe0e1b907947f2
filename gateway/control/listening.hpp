#pragma once
// The listening sockets of all workers: inherited (LISTEN_FDS), bound at the start, opened and closed at a reload.
// Main thread only; the descriptors go to the workers.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/control/certificates.hpp"
#include "gateway/control/worker_thread.hpp"
#include "gateway/net/tls_context.hpp"

namespace gw::control {

class Listening {
 public:
  /// Takes over the sockets that whoever started us passed on (sd_listen_fds(3)), matched by their addresses.
  void inherit();
  /// The UNIX socket of that path, if it was passed on; else -1.
  int take_inherited(const std::string& path);
  /// Closes what was passed on and nobody has taken: who connects to it must not wait for ever.
  void close_rest();
  /// Every socket that is open, for a process that is to serve on the same ones. They belong to the workers.
  std::vector<int> descriptors() const;

  /// Opens what is new in `listeners` for `workers` workers and loads every certificate. One change list a worker; what cannot
  /// be opened or loaded is in `problems`, and then nothing has been changed. Files in `handed` are not read; where we may not read
  /// one that is not there, a listener that is open already keeps what it has.
  std::vector<std::vector<ListenerChange>> change(const std::vector<config::Listener>& listeners, std::size_t workers,
                                                  const std::string& file, const HandedFiles& handed,
                                                  config::Problems& problems);

  /// The port that a listener really has: where the file says 0, what the system chose.
  std::uint16_t port_of(const config::Listener& listener) const;

  /// The addresses that are open, with the ports that the system chose: `127.0.0.1:8080`.
  std::vector<std::string> addresses() const;

 private:
  struct Open {
    std::string address;        ///< the real one
    config::Listener listener;  ///< as it was loaded
    std::shared_ptr<net::TlsContext> tls;
    std::vector<int> sockets;
  };

  std::shared_ptr<net::TlsContext> load(const config::Listener& listener, const HandedFiles& handed, const std::string& file,
                                        config::Problems& problems) const;
  std::vector<int> take_inherited(const config::Listener& listener, std::size_t workers);
  std::vector<int> bind(const config::Listener& listener, std::size_t workers, std::string& problem);

  std::map<std::string, std::vector<int>> inherited_;
  std::map<std::string, Open> open_;  ///< by its key in the file
};

/// `HOST:PORT` as it identifies a listener.
std::string listener_key(const config::Listener& listener);

}  // namespace gw::control
