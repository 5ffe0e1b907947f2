#pragma once
// Connections to upstreams that carry many exchanges at once (HTTP/2). One pool a worker; a connection belongs to its endpoint's text,
// as in `Pool`. Lives on its worker's thread.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/http/client.hpp"
#include "gateway/net/cancellation.hpp"
#include "gateway/net/worker.hpp"

namespace gw::proxy {

class SharedPool {
 public:
  SharedPool();
  ~SharedPool();
  SharedPool(const SharedPool&) = delete;
  SharedPool& operator=(const SharedPool&) = delete;

  /// An exchange on a connection to `endpoint` that has room; null when none has.
  std::unique_ptr<http::ClientConnection> take(std::string_view endpoint, const http::ClientTimeouts& timeouts);

  /// One caller connects and the others wait for what it gets: a burst needs one connection, not one each. Not null: it is you, you
  /// must call `connected`, and give up when that is requested: everybody has gone whose connection it was to be. `gone` is requested when
  /// you alone have; it tells us until you have called.
  net::Cancellation* begin_connecting(std::string_view endpoint, net::Cancellation& gone);
  /// Waits for whoever connects, on the thread of `worker`. A failure is that one's failure, or Code::cancelled once `gone` is
  /// requested; else there may be room now, or a new chance to connect.
  net::Task<net::Result<void>> wait(net::Worker& worker, std::string_view endpoint, net::Cancellation& gone);
  void connected(std::string_view endpoint, net::Result<std::shared_ptr<http::SharedConnection>> result);

  /// No new exchanges with an endpoint that is no longer in force; those under way go on.
  void drop(std::string_view endpoint);
  /// Connections that have not ended.
  std::size_t size() const noexcept;

 private:
  struct Connecting;
  struct Shelf {
    std::vector<std::shared_ptr<http::SharedConnection>> connections;
    std::shared_ptr<Connecting> connecting;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  Shelf& shelf(std::string_view endpoint);

  std::unordered_map<std::string, Shelf, Hash, std::equal_to<>> shelves_;
};

}  // namespace gw::proxy
