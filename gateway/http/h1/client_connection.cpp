#include "gateway/http/h1/client_connection.hpp"

#include <utility>

#include "gateway/http/h1/outgoing.hpp"

namespace gw::http::h1 {
namespace {

using net::Code;
using net::Failure;
using net::Result;
using net::Retry;
using net::Side;
using net::Task;

// Apps that do not expect a body with these read it as the next request ("0.CL" desynchronisation, rule 44).
bool body_is_odd(const RequestHead& head) noexcept {
  return head.body.expected() &&
         (head.method == "GET" || head.method == "HEAD" || head.method == "DELETE" || head.method == "OPTIONS");
}

}  // namespace

UpstreamConnection::UpstreamConnection(std::unique_ptr<net::Stream> stream, const ClientTimeouts& timeouts)
    : stream_(std::move(stream)), timeouts_(timeouts) {}

bool UpstreamConnection::reusable() const noexcept {
  // Bytes behind the answer belong to no request of ours (rules 39 and 41).
  return stream_ && stream_->open() && !stream_->ended() && answered_ && request_done_ && !odd_body_ && !tunnel_ &&
         decoder_.done() && parser_.keep_alive() && stream_->input().size() == unconsumed_;
}

Task<Result<void>> UpstreamConnection::write_head(const RequestHead& head, Chunk first) {
  stream_->watch(nullptr);
  stream_->consume(std::exchange(unconsumed_, 0));
  parser_.expect_answer_to(head);
  head_.clear();
  answered_ = tunnel_ = send_failed_ = false;
  odd_body_ = body_is_odd(head);
  auto& text = outgoing_text();
  request_framing_ = append_request(text, head);
  request_done_ = !head.body.expected() || first.last;
  return send(frame_piece(text, request_framing_, first));
}

Task<Result<void>> UpstreamConnection::write_body(Chunk piece) {
  request_done_ = request_done_ || (piece.last && !tunnel_);
  const auto pieces = frame_piece(outgoing_text(), tunnel_ ? Framing::until_close : request_framing_, piece);
  return tunnel_ && piece.last ? end_tunnel(pieces) : send(pieces);
}

// A client over HTTP/2 says its last bytes, a Close frame mostly, and its end at once.
Task<Result<void>> UpstreamConnection::end_tunnel(net::Stream::Pieces pieces) {
  const auto ok = co_await send(pieces);
  stream_->shutdown_send();
  co_return ok;
}

Task<Result<void>> UpstreamConnection::send(net::Stream::Pieces pieces) {
  auto sending = send_pieces(*stream_, pieces, tunnel_ ? net::Duration::zero() : timeouts_.body);
  if (const auto& done = sending.ready()) return sent(*done);
  return send_rest(std::move(sending));
}

Task<Result<void>> UpstreamConnection::send_rest(Task<Result<void>> sending) { co_return sent(co_await std::move(sending)); }

Result<void> UpstreamConnection::sent(Result<void> ok) noexcept {
  // Now the app has all that it will get. Before, an upload took as long as it moved.
  send_failed_ = send_failed_ || !ok;
  if (awaited_ && (request_done_ || send_failed_)) limit_waiting();
  // An app that answers early and closes makes our write fail; its answer may be here all the same, so reading decides.
  if (!ok) return lost(ok.error());
  return ok;
}

Failure UpstreamConnection::lost(Failure failure) const noexcept {
  // Nothing of an answer has come: whether a retry is safe depends on the request and on where the connection came from.
  failure.retry = parser_.started() || failure.code == Code::first_byte_timeout || failure.code == Code::idle_timeout
                      ? Retry::never
                      : Retry::if_reused;
  if (failure.code == Code::closed && parser_.started()) failure.code = Code::truncated;
  return failure;
}

Task<Result<ResponseHead*>> UpstreamConnection::read_head() {
  head_.clear();
  auto n = parser_.parse(stream_->input(), head_);
  while (n && *n == 0) {
    if (!std::exchange(awaited_, true) && (request_done_ || send_failed_)) limit_waiting();
    const auto fetched = stream_->fetch();
    if (fetched == net::Stream::Fetched::some) n = parser_.parse(stream_->input(), head_);
    if (fetched == net::Stream::Fetched::failed) n = lost(stream_->failure());
    if (fetched == net::Stream::Fetched::nothing) co_await stream_->arrival();
  }
  if (std::exchange(awaited_, false)) stream_->no_deadline();
  if (!n) co_return n.error();
  stream_->consume(*n);
  if (head_.interim()) co_return &head_;
  answered_ = true;
  tunnel_ = head_.tunnel != Tunnel::none;
  decoder_.start(parser_.framing(), head_.body.length, Side::upstream, parser_.nominated());
  co_return &head_;
}

// Absolute: a head that trickles in has no more time than another.
void UpstreamConnection::limit_waiting() noexcept { stream_->deadline(timeouts_.first_byte, Code::first_byte_timeout); }

std::optional<Result<Chunk>> UpstreamConnection::ready_body() {
  stream_->consume(std::exchange(unconsumed_, 0));
  if (decoder_.done()) return Chunk{{}, true, decoder_.trailers()};
  const auto piece = decoder_.decode(stream_->input());
  if (!piece) return piece.error();
  if (piece->data.empty() && !piece->last) {
    stream_->consume(piece->consumed);
    return std::nullopt;
  }
  unconsumed_ = piece->consumed;
  return Chunk{piece->data, piece->last, piece->last ? decoder_.trailers() : nullptr};
}

Task<Result<Chunk>> UpstreamConnection::read_body() {
  for (;;) {
    if (auto ready = ready_body()) co_return *ready;
    if (!tunnel_) stream_->deadline(timeouts_.body, Code::idle_timeout);
    auto ok = co_await stream_->more();
    if (!tunnel_) stream_->no_deadline();
    if (ok) continue;
    if (ok.error().code != Code::closed) co_return lost(ok.error());
    if (auto end = decoder_.end_of_input(); !end) co_return end.error();
    co_return Chunk{{}, true, nullptr};
  }
}

void UpstreamConnection::abort() noexcept { stream_->reset(); }

Direct UpstreamConnection::direct_source() noexcept {
  if (stream_->tls() != nullptr || tunnel_ || unconsumed_ != 0 || !stream_->input().empty()) return {};
  return {stream_.get(), decoder_.length_left()};
}

net::Stream* UpstreamConnection::direct_sink() noexcept {
  return stream_->tls() == nullptr && request_framing_ == Framing::length && !tunnel_ ? stream_.get() : nullptr;
}

void UpstreamConnection::direct_moved(std::uint64_t bytes) noexcept { decoder_.skip(bytes); }

void UpstreamConnection::stop_reading() noexcept { stream_->reset(); }

void UpstreamConnection::watch(std::function<void()> gone) {
  if (gone && stream_->ended()) return gone();
  stream_->watch(std::move(gone), net::Stream::Watch::data);
}

}  // namespace gw::http::h1

namespace gw::http {

std::unique_ptr<ClientConnection> h1_client(std::unique_ptr<net::Stream> stream, const ClientTimeouts& timeouts) {
  return std::make_unique<h1::UpstreamConnection>(std::move(stream), timeouts);
}

}  // namespace gw::http
