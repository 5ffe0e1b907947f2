#pragma once
// One question to an endpoint whether it is well, by HTTP/1 or HTTP/2 as its upstream speaks.

#include "config/gateway_file.hpp"
#include "gateway/net/connect.hpp"

namespace gw::control {

/// Is the endpoint well? It has `rules.timeout` for the connection and once more for its whole answer. `text` is the address as it is
/// written. References must outlive the task.
net::Task<bool> ask_health(net::Worker& worker, net::ContainerDialer* dialer, const net::Address& address,
                           const std::string& text, config::Protocol protocol, const config::HealthCheck& rules);

}  // namespace gw::control
