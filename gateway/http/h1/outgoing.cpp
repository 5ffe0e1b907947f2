#include "gateway/http/h1/outgoing.hpp"

#include "gateway/http/h1/serializer.hpp"

namespace gw::http::h1 {
namespace {

// A body piece up to this size is copied behind its head: cheaper than a system call with several pieces.
constexpr std::size_t joined = 4 * 1024;

net::Task<net::Result<void>> send_rest(net::Stream& stream, net::Stream::Pieces pieces, net::Duration patience) {
  const std::string head(pieces.head.begin(), pieces.head.end());
  const std::string tail(pieces.tail.begin(), pieces.tail.end());
  if (patience != net::Duration::zero()) stream.write_deadline(patience);
  auto ok = co_await stream.write({head, pieces.body, tail, pieces.ends});
  if (patience != net::Duration::zero()) stream.no_write_deadline();
  co_return ok;
}

}  // namespace

std::string& outgoing_text() {
  thread_local std::string text;
  text.clear();
  return text;
}

net::Stream::Pieces frame_piece(std::string& text, Framing framing, const Chunk& piece) {
  if (framing == Framing::none) return {text, {}, {}};
  if (framing != Framing::chunked) {
    if (text.empty() || piece.data.size() > joined) return {text, piece.data, {}};
    text.append(piece.data.data(), piece.data.size());
    return {text, {}, {}};
  }
  thread_local std::string tail;
  tail.clear();
  if (!piece.data.empty()) {
    append_chunk_start(text, piece.data.size());
    tail = chunk_end;
  }
  if (piece.last) append_last_chunk(tail, piece.trailers);
  if (piece.data.size() > joined) return {text, piece.data, tail};
  text.append(piece.data.data(), piece.data.size()).append(tail);
  return {text, {}, {}};
}

net::Task<net::Result<void>> send_pieces(net::Stream& stream, net::Stream::Pieces pieces, net::Duration patience) {
  const auto n = stream.write_now(pieces);
  if (!n) return net::Result<void>(n.error());
  if (*n == pieces.size()) return net::Result<void>{};
  pieces.advance(*n);
  return send_rest(stream, pieces, patience);
}

}  // namespace gw::http::h1
