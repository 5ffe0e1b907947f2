#pragma once
// Heads and framed body pieces on their way into a socket, assembled in texts that every connection of a thread shares:
// what the socket does not take at once is copied before anybody else runs.

#include <string>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/message.hpp"
#include "gateway/net/stream.hpp"

namespace gw::http::h1 {

/// The thread's text for the next thing to send, empty. Valid until the caller suspends.
std::string& outgoing_text();

/// `text` (a head, or nothing) and `piece` with the framing around it, ready for one write.
net::Stream::Pieces frame_piece(std::string& text, Framing framing, const Chunk& piece);

/// Sends `pieces`, what the socket takes now before it returns, with `patience` for a full socket that does not move (zero: for ever). To be awaited at once, like
/// every function that returns what this returns: the text is the thread's.
net::Task<net::Result<void>> send_pieces(net::Stream& stream, net::Stream::Pieces pieces, net::Duration patience);

}  // namespace gw::http::h1
