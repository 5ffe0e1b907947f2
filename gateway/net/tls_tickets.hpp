#pragma once
// Session tickets of OpenSSL, sealed with our keys (ticket_keys).

#include <openssl/ssl.h>

#include <memory>

#include "gateway/net/ticket_keys.hpp"

namespace gw::net {

/// Tickets of this context are sealed with the keys that its connections are given.
void use_ticket_keys(SSL_CTX* context);

/// Gives a connection its worker's keys. `keys` must stay where it is while the handshake lasts, and may be replaced meanwhile. As long
/// as it is null the connection gets no ticket and resumes nothing.
void give_ticket_keys(SSL* ssl, const std::shared_ptr<const TicketKeys>& keys);

}  // namespace gw::net
