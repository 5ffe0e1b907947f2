#pragma once
// Serving someone: a connection that was accepted, and the exchanges on it.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/exchange.hpp"
#include "gateway/net/door.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/tls_context.hpp"
#include "gateway/net/waiter.hpp"

namespace gw::http {

/// What a handler may know about the connection an exchange came on.
struct ConnectionInfo {
  std::string peer;  ///< the peer's address without port; "unix" for a local socket
  std::uint16_t peer_port = 0;
  std::string local;  ///< the address the peer reached
  std::uint16_t local_port = 0;
  bool tls = false;
  bool http2 = true;             ///< may it speak HTTP/2 (ALPN with TLS, prior knowledge without)?
  std::string_view tls_version;  ///< `TLSv1.3`; empty without TLS
  std::string server_name;       ///< SNI, empty when none was sent
  /// The client's certificate if the listener asks for one and it is good, in the form of X-Forwarded-Client-Cert
  /// (`net::TlsSession::client_certificate`); else empty.
  std::string client_certificate;
};

/// Answers requests. One handler serves all connections of a worker.
class Handler {
 public:
  virtual ~Handler() = default;
  /// `request` is what the ClientSide's read_head has just returned. Must write a final head or abort the exchange.
  virtual net::Task<> handle(ClientSide& exchange, RequestHead& request, const ConnectionInfo& connection) = 0;
  /// A request that was refused before it could be handled (malformed, too large, too late). Must answer it: the
  /// connection is closed afterwards. `request` is what could be understood of it.
  virtual net::Task<> refuse(ClientSide& exchange, const RequestHead& request, const ConnectionInfo& connection,
                             net::Failure failure) = 0;
};

/// What comes before the first request of a connection.
struct Entrance {
  std::shared_ptr<net::TlsContext> tls;  ///< a handshake; null: none
  bool proxy_protocol = false;           ///< a PROXY header, before anything else; who may send it was seen to
  net::Place place{};                    ///< kept until the connection is over; claimed for whom the PROXY header names
};

/// How long a client may take, and how much it may send.
struct ServerSettings {
  net::Duration header{15'000};  ///< for a whole request head from its first byte, and for the first byte of a connection
  net::Duration idle{75'000};    ///< between two requests
  net::Duration body{60'000};    ///< without progress of a body in either direction
  net::Duration handshake{10'000};
  net::Duration linger_step{5'000};    ///< after we have ended a connection: for the client to send something or to end it too
  net::Duration linger_total{30'000};  ///< and for all that it goes on sending (rule 43)
  UnsafeNames unsafe_names = UnsafeNames::drop;
};

/// What HTTP/2 clients have done so far.
struct Http2Counters {
  std::uint64_t connections = 0;
  std::uint64_t streams = 0;
  std::uint64_t resets_received = 0;
  std::uint64_t resets_sent = 0;  ///< that a client's own fault made us send
  std::uint64_t calmed = 0;       ///< connections that were ended for too many oddities

  void add(const Http2Counters& more) noexcept {
    connections += more.connections;
    streams += more.streams;
    resets_received += more.resets_received;
    resets_sent += more.resets_sent;
    calmed += more.calmed;
  }
};

/// What TLS handshakes came to.
struct TlsCounters {
  std::uint64_t handshakes = 0;  ///< that were completed
  std::uint64_t resumed = 0;     ///< of these, with a session of before
  std::uint64_t failed = 0;      ///< broken off, refused, or too slow

  void add(const TlsCounters& more) noexcept {
    handshakes += more.handshakes;
    resumed += more.resumed;
    failed += more.failed;
  }
};

class ServedConnection;

/// The connections of one worker that someone called us on. Lives on its worker's thread; must outlive them: `stop` and
/// run the worker until `connections()` is 0.
class Server {
 public:
  Server(net::Worker& worker, Handler& handler, const ServerSettings& settings = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Serves a connection until it ends.
  void accept(std::unique_ptr<net::Stream> stream, ConnectionInfo info, Entrance entrance = {});

  /// What becomes of connections that nothing is asked on.
  enum class Idle : std::uint8_t {
    end,     ///< now: there is nobody to come back to
    answer,  ///< behind one more exchange, in whose answer they are told: another process serves on our sockets, and a client
             ///< whose request crosses the end of its connection would see an error for nothing
  };
  /// From now on every connection ends behind the exchange it is in.
  void drain(Idle idle = Idle::end);
  /// Ends all connections at once.
  void stop();

  /// Returns when no connection is left.
  net::Task<> empty();

  bool draining() const noexcept { return draining_; }
  /// Do connections that are idle end without a word?
  bool ends_idle() const noexcept { return draining_ && idle_ == Idle::end; }
  std::size_t connections() const noexcept { return connections_; }
  std::uint64_t accepted() const noexcept { return accepted_; }
  const ServerSettings& settings() const noexcept { return settings_; }
  /// Other settings from now on: for every wait that begins, and for the names in requests on connections to come.
  void use(const ServerSettings& settings) noexcept { settings_ = settings; }
  Handler& handler() noexcept { return handler_; }
  net::Worker& worker() noexcept { return worker_; }
  /// The time at the last tick.
  net::Clock::time_point now() const noexcept { return worker_.deadlines().now(); }
  Http2Counters& count() noexcept { return http2_; }
  const Http2Counters& http2() const noexcept { return http2_; }
  const TlsCounters& tls() const noexcept { return tls_; }
  /// The current time as a Date field has it, renewed once a second.
  std::string_view date();

  /// An empty head for a request that begins to arrive, and back again: a connection between two requests has none, and the few
  /// that are in use stay warm.
  std::unique_ptr<RequestHead> take_head();
  void give_back(std::unique_ptr<RequestHead> head) noexcept;

 private:
  friend class ServedConnection;
  using List = boost::intrusive::list<ServedConnection, boost::intrusive::constant_time_size<false>>;

  void ended() noexcept;

  net::Worker& worker_;
  Handler& handler_;
  ServerSettings settings_;
  std::unique_ptr<List> list_;
  std::vector<std::unique_ptr<RequestHead>> spare_heads_;
  std::size_t connections_ = 0;
  std::uint64_t accepted_ = 0;
  Http2Counters http2_;
  TlsCounters tls_;
  bool draining_ = false;
  Idle idle_ = Idle::end;
  net::Waiter empty_;
  net::Clock::time_point date_until_{};
  std::string date_;
};

}  // namespace gw::http
