#pragma once
// The admin socket: the feed of the runtime, status, reload. HTTP and JSON on a UNIX socket, main thread.
//
//   PUT    /v1/sites/<id>   one site (feed.hpp); 200 {"changed": true}, 400 or 409 with every problem
//   DELETE /v1/sites/<id>   200, or 404
//   POST   /v1/sites/<id>/quiesce   200 {"site": id, "idle": true}: it is `sleeping` from now on: new requests are held by every worker,
//                           and nothing was under way. `false`: it is in use, and nothing has changed. 409: it is not ready; 404
//   GET    /v1/events       what happens to sites, line by line, for as long as one listens (events.hpp)
//   GET    /v1/traffic      what is asked of each site (traffic.hpp)
//   POST   /v1/complete     every site has been told (`feed:` in the gateway file); 200
//   GET    /v1/status       counters and sites
//   GET    /metrics         the same and more as text for Prometheus (metrics.hpp)
//   POST   /v1/reload       reads the gateway file again, and the files that it names; 200, or 400 with every problem. A body of
//                           {"files": {"/etc/tls/key.pem": "-----BEGIN ..."}} hands over what the gateway's user may not read
//   POST   /v1/tickets/rotate   a new key for TLS session tickets; twice, and no ticket given out before is good any more; 200
//   POST   /v1/drain        as SIGTERM; 202
//   POST   /v1/handover     the same, when another gateway serves on our sockets: idle connections get one more answer; 202

#include <memory>

#include "gateway/http/server.hpp"

namespace gw::control {

class Gateway;

std::unique_ptr<http::Handler> make_admin(Gateway& gateway);

}  // namespace gw::control
