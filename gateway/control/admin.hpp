#pragma once
// The admin socket: the feed of the runtime, status, reload. HTTP and JSON on a UNIX socket, main thread.
//
//   PUT    /v1/sites/<id>   one site (feed.hpp); 200 {"changed": true}, 400 or 409 with every problem
//   DELETE /v1/sites/<id>   200, or 404
//   POST   /v1/complete     every site has been told (`feed:` in the gateway file); 200
//   GET    /v1/status       counters and sites
//   POST   /v1/reload       reads the gateway file again; 200, or 400 with every problem
//   POST   /v1/drain        as SIGTERM; 202

#include <memory>

#include "gateway/http/server.hpp"

namespace gw::control {

class Gateway;

std::unique_ptr<http::Handler> make_admin(Gateway& gateway);

}  // namespace gw::control
