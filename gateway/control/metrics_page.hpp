#pragma once
// `GET /metrics`, on the admin socket and on a listener of its own. Main thread.

#include <memory>

#include "gateway/http/server.hpp"

namespace gw::control {

class Gateway;

/// Does the request ask for the metrics?
bool asks_for_metrics(const http::RequestHead& request) noexcept;

/// Answers it.
net::Task<> send_metrics(Gateway& gateway, http::ClientSide& client, const http::RequestHead& request);

/// Answers for the metrics, and 404 for everything else.
std::unique_ptr<http::Handler> make_metrics_page(Gateway& gateway);

}  // namespace gw::control
