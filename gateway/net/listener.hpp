#pragma once
// A listening socket of one worker, and the loop that accepts from it.

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "gateway/net/result.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/worker.hpp"

namespace gw::net {

/// An address as text and number; the text is empty and `is_local` set for a UNIX socket.
struct PeerAddress {
  std::string host;
  std::uint16_t port = 0;
  bool is_local = false;
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

class Listener {
 public:
  using Accepted = std::function<void(std::unique_ptr<Stream>, PeerAddress)>;

  /// Takes over `descriptor`, which listens already. `accepted` is called on the worker's thread for each connection.
  Listener(Worker& worker, int descriptor, Accepted accepted);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Stops accepting and closes the socket.
  void close() noexcept;

 private:
  void wait();
  void accept_waiting();
  void rest();

  // Asio calls back after a close too, a timer even when it was over before; the handle tells whether the listener is there.
  using Handle = boost::local_shared_ptr<Listener*>;

  Worker& worker_;
  Handle handle_;
  asio::posix::basic_stream_descriptor<Executor> descriptor_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> pause_;
  Accepted accepted_;
  int batch_ = 1;  ///< connections to take in the next turn
};

}  // namespace gw::net
