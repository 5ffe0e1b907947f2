#pragma once
// A listening socket of one worker, and the loop that accepts from it.

#include <cstdint>
#include <functional>
#include <string>

#include "gateway/net/client_key.hpp"
#include "gateway/net/door.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

/// An address as text and number; the text is empty and `is_local` set for a UNIX socket.
struct PeerAddress {
  std::string host;
  std::uint16_t port = 0;
  bool is_local = false;
  ClientKey client = ClientKey::nobody;  ///< whom it is counted for
};

/// A listening descriptor, or the sentence that says why there is none.
struct Listening {
  int descriptor = -1;
  std::string problem;
};

/// Binds and listens. With `shared` several workers may bind the same address (SO_REUSEPORT).
Listening listen_tcp(const std::string& host, std::uint16_t port, bool shared);
/// Binds a UNIX socket; a socket file that nobody answers on is replaced. `mode` are the file's permissions.
Listening listen_unix(const std::string& path, unsigned mode);
/// The local address of a socket.
PeerAddress local_address(int descriptor);
/// The path that a UNIX socket is bound to; empty: none.
std::string local_path(int descriptor);
/// Makes an inherited UNIX socket ours: who connects is told our credentials from here on (SO_PEERCRED), not those of whoever bound it.
void listen_again(int descriptor);

class Listener final : private Pollable, private Deadline, private Door::Waiting {
 public:
  using Accepted = std::function<void(std::unique_ptr<Stream>, PeerAddress)>;
  /// The same with the place that the connection has behind a door.
  using Admitted = std::function<void(std::unique_ptr<Stream>, PeerAddress, Place)>;

  /// Takes over `descriptor`, which listens already. `accepted` is called on the worker's thread for each connection.
  Listener(Worker& worker, int descriptor, Accepted accepted);
  /// The same, and accepts nobody for whom there is no place behind `door`, which must outlive it and the places.
  Listener(Worker& worker, int descriptor, Door& door, Admitted admitted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Stops accepting and closes the socket.
  void close() noexcept;

 private:
  void ready(std::uint32_t events) noexcept override;
  void expired() noexcept override { listen(); }
  void may_accept() noexcept override { listen(); }
  void listen() noexcept;
  bool accept(Place place) noexcept;
  void rest() noexcept;
  void wait() noexcept;

  Worker& worker_;
  Descriptor descriptor_;
  Door* door_;  ///< null: everybody is accepted
  Admitted admitted_;
  int full_turns_ = 0;  ///< turns in a row in which as many came as were taken
};

}  // namespace gw::net
