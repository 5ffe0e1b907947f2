#pragma once
// The gateway's YAML file as data. See README.md, "Gateway file".

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/balancing.hpp"
#include "config/connection_limits.hpp"
#include "config/problem.hpp"

namespace config {

/// A certificate chain with its key, both PEM files. Chosen by the names inside the certificate.
struct Certificate {
  std::string certificate;
  std::string private_key;
  friend bool operator==(const Certificate&, const Certificate&) = default;
};

/// Are clients asked for a certificate of their own? See gateway/net/tls_settings.hpp.
enum class ClientCertificate : std::uint8_t { none, request, require };

struct Listener {
  std::string host;        ///< an IP address; `0.0.0.0` and `::` are all interfaces
  std::uint16_t port = 0;  ///< 0: the system chooses (tests)
  bool tls = false;
  std::vector<Certificate> certificates;
  std::vector<std::string> trusted_proxies;  ///< CIDRs whose X-Forwarded-* we believe; default none
  std::string client_ca;  ///< `tls: {client_ca: FILE}`: PEM file of those who vouch for clients; empty: nobody is asked
  /// `tls: {client_certificate: require | request}`; with `client_ca` the default is require. Who has none is refused, or served
  /// without; a bad one is refused. What a good one says is in X-Forwarded-Client-Cert.
  ClientCertificate client_certificate = ClientCertificate::none;
  bool only_tls_1_3 = false;  ///< `tls: {min_version: "1.3"}`; default "1.2"
  bool proxy_protocol =
      false;          ///< connections begin with a PROXY header (v1 or v2) of one of `trusted_proxies`; others are closed
  bool http2 = true;  ///< `http2`: spoken with those who ask for it, by ALPN or prior knowledge
  friend bool operator==(const Listener&, const Listener&) = default;
};

enum class Protocol : std::uint8_t { http, h2c };

struct Upstream {
  std::string name;
  std::vector<EndpointEntry> endpoints;
  Protocol protocol = Protocol::http;
  Balancing balancing{};
  friend bool operator==(const Upstream&, const Upstream&) = default;
};

struct Route {
  std::string host;  ///< lower case; empty: any host; `*.example.com`: every name below
  std::string path = "/";
  std::string upstream;
  bool strip_prefix = false;
  std::uint64_t max_body_bytes = 0;  ///< 0: no limit
  std::size_t line = 0;              ///< where it stands in the file, for `explain`
  bool websocket = true;             ///< `websocket: false`: an Upgrade is dropped, as every other one is
  bool refuse_escaped_slash =
      false;  ///< `escaped_slash: refuse`: no `%2F` and no `%5C` in a path; for rules about paths behind us
  friend bool operator==(const Route&, const Route&) = default;
};

/// How long each wait may take. Bodies and tunnels are judged by progress, never by their total time.
struct Timeouts {
  std::chrono::milliseconds header{15'000};         ///< `header`: the whole request head, from its first byte
  std::chrono::milliseconds idle{75'000};           ///< `idle`: a keep-alive connection between two requests
  std::chrono::milliseconds connect{3'000};         ///< `connect`: an endpoint to accept
  std::chrono::milliseconds first_byte{300'000};    ///< `first_byte`: the upstream to begin its answer; model calls are long
  std::chrono::milliseconds body{60'000};           ///< `body`: no progress in either direction of a body
  std::chrono::milliseconds tunnel{3'600'000};      ///< `tunnel`: a silent WebSocket
  std::chrono::milliseconds upstream_idle{60'000};  ///< `upstream_idle`: an unused connection in the pool
  std::chrono::milliseconds wake{60'000};           ///< `wake`: a request whose Space sleeps, until it is awake
  std::chrono::milliseconds drain{30'000};          ///< `drain`: open exchanges after SIGTERM
  friend bool operator==(const Timeouts&, const Timeouts&) = default;
};

/// What is done with a field whose name has `_` or `.`: apps cannot tell it from the dashed one.
enum class UnsafeNames : std::uint8_t { drop, keep, refuse };

/// An address to listen on without TLS or any other wish.
struct ListenAddress {
  std::string host;        ///< an IP address; `0.0.0.0` and `::` are all interfaces
  std::uint16_t port = 0;  ///< 0: the system chooses (tests)
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

struct GatewayFile {
  unsigned workers = 0;  ///< 0: one per core
  std::vector<Listener> listeners;
  std::vector<Upstream> upstreams;
  std::vector<Route> routes;
  Timeouts timeouts;
  ConnectionLimits limits;   ///< `limits`: of clients' connections
  std::string admin_socket;  ///< `admin: {socket: PATH}`; empty: none
  /// `feed: {hold: 5s}`: the sites come over the admin socket. Until all of them have come, who connects is held, at most this
  /// long, and a host that is not known yet is no 404. Nothing: the file is all there is.
  std::optional<std::chrono::milliseconds> feed_hold;
  std::string dialer_socket;       ///< `dialer: {socket: PATH}`; needed for netns endpoints
  std::string access_log = "-";    ///< `-` standard output, `off`, or a path
  std::string user;                ///< `user`: when started as root, become this user after the sockets are bound
  std::string domain;              ///< `domain`: Spaces answer below it; itself shows a plain index page. Empty: none
  std::string name = "spaceport";  ///< `name`: our pseudonym in Via
  UnsafeNames unsafe_names = UnsafeNames::drop;  ///< `unsafe_names: drop | keep | refuse`: fields like X_Forwarded_For
  /// `metrics: {address: IP:PORT}`: a listener of its own for `GET /metrics`, and nothing else; it asks nobody who he is.
  std::optional<ListenAddress> metrics;
  /// `trace: pass | off`: a request goes on with a valid `traceparent`, its own or a new one, and the log names its trace. Off:
  /// whatever a client says about traces passes unseen.
  bool trace = true;
  /// `server_timing: true`: answers say in `Server-Timing` how long each phase took here, which also strangers can read.
  bool server_timing = false;
  friend bool operator==(const GatewayFile&, const GatewayFile&) = default;
};

/// Reads and checks the text of a gateway file. `file` is the name used in problems. Every problem is reported; the value is
/// usable when none of them is an error.
struct GatewayFileResult {
  GatewayFile value;
  Problems problems;
};
GatewayFileResult read_gateway_file(std::string_view text, const std::string& file);

}  // namespace config
