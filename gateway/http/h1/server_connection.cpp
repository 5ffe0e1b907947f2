#include "gateway/http/h1/server_connection.hpp"

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

// An unread request body up to this size is read and dropped to keep the connection; beyond it closing is cheaper (rule 37).
constexpr std::size_t drain_limit = 64 * 1024;

}  // namespace

ServerConnection::ServerConnection(net::Stream& stream, Server& server, bool tls)
    : stream_(stream), server_(server), parser_([&] {
        RequestRules rules;
        rules.unsafe_names = server.settings().unsafe_names;
        rules.tls = tls;
        return rules;
      }()) {}

ServerConnection::~ServerConnection() { server_.give_back(std::move(head_)); }

const RequestHead& ServerConnection::request() const noexcept {
  static const RequestHead nothing;
  return head_ ? *head_ : nothing;
}

void ServerConnection::begin() {
  server_.give_back(std::move(head_));
  unconsumed_ = 0;
  framing_ = Framing::none;
  idle_ = true;
  timing_ = invited_ = head_written_ = written_ = close_ = tunnel_ = false;
}

bool ServerConnection::nothing_yet() noexcept {
  if (!stream_.input().empty() || stream_.fetch() != net::Stream::Fetched::nothing) return false;
  set_head_deadline();
  return true;
}

Task<Result<RequestHead*>> ServerConnection::read_head() {
  if (!idle_) begin();
  // Most heads have arrived at once.
  if (auto head = head_in_input()) return *head;
  return read_rest_of_head();
}

std::optional<Result<RequestHead*>> ServerConnection::head_in_input() {
  if (stream_.input().empty()) return std::nullopt;
  if (!head_) head_ = server_.take_head();
  const auto n = parser_.parse(stream_.input(), *head_);
  if (!n) {
    close_ = true;
    return n.error();
  }
  if (*n == 0) return std::nullopt;
  stream_.consume(*n);
  stream_.no_deadline();
  decoder_.start_request(head_->body, parser_.nominated());
  first_ = idle_ = false;
  return head_.get();
}

Task<Result<RequestHead*>> ServerConnection::read_rest_of_head() {
  for (;;) {
    const auto fetched = stream_.fetch();
    if (fetched == net::Stream::Fetched::some) {
      if (auto head = head_in_input()) co_return *head;
      continue;
    }
    if (fetched == net::Stream::Fetched::nothing) {
      set_head_deadline();
      co_await stream_.arrival();
    } else if (fetched == net::Stream::Fetched::failed) {
      close_ = true;
      auto failure = stream_.failure();
      if (failure.code == Code::closed && parser_.started()) failure.code = Code::truncated;
      co_return failure;
    }
  }
}

void ServerConnection::set_head_deadline() noexcept {
  const auto& settings = server_.settings();
  if (!parser_.started() && !first_) return stream_.deadline(settings.idle, Code::idle_timeout);
  // Absolute, not per byte: a head that trickles in has no more time than another (rule 67).
  if (!timing_) stream_.deadline(settings.header, Code::header_timeout);
  timing_ = true;
}

Result<Chunk> ServerConnection::take(const BodyDecoder::Piece& piece) noexcept {
  unconsumed_ = piece.consumed;
  return Chunk{piece.data, piece.last, piece.last ? decoder_.trailers() : nullptr};
}

std::optional<Result<Chunk>> ServerConnection::ready_body() {
  stream_.consume(std::exchange(unconsumed_, 0));
  if (decoder_.done()) return Chunk{{}, true, decoder_.trailers()};
  const auto piece = decoder_.decode(stream_.input());
  if (!piece) {
    close_ = true;
    return piece.error();
  }
  if (!piece->data.empty() || piece->last) return take(*piece);
  stream_.consume(piece->consumed);
  return std::nullopt;
}

Task<Result<Chunk>> ServerConnection::read_body() {
  for (;;) {
    if (auto ready = ready_body()) co_return *ready;
    // A tunnel has a deadline of its own, which its relay sets.
    if (!tunnel_) stream_.deadline(server_.settings().body, Code::idle_timeout);
    auto ok = co_await stream_.more();
    if (!tunnel_) stream_.no_deadline();
    if (ok) continue;
    // After `stop_reading` the stream is as good as before.
    close_ = close_ || ok.error().code != Code::cancelled;
    if (ok.error().code != Code::closed) co_return ok.error();
    if (auto end = decoder_.end_of_input(); !end) co_return end.error();
    co_return Chunk{{}, true, nullptr};
  }
}

Task<Result<void>> ServerConnection::send(net::Stream::Pieces pieces) {
  // Behind a body of the client's whoever answers may have more to do before the connection closes.
  pieces.ends = written_ && close_ && !tunnel_ && !request().body.expected();
  // A tunnel has a deadline of its own.
  return send_pieces(stream_, pieces, tunnel_ ? net::Duration::zero() : server_.settings().body);
}

Task<Result<void>> ServerConnection::write_head(const ResponseHead& head, Chunk first) {
  auto& text = outgoing_text();
  if (head.interim()) {
    // An HTTP/1.0 client would take it for the answer (rule 38).
    if (!request().http_1_0()) append_response(text, head, {});
    invited_ = invited_ || head.status == 100;
    return send({text, {}, {}});
  }
  close_ = close_ || !parser_.keep_alive() || server_.draining();
  // Whoever was told that a body is too large need not send the rest of it (RFC 9110 §15.5.14, rule 43). Neither need one
  // whose whole answer goes out here; the answer says so when we know already that we will not take the rest.
  const bool whole = first.last || !head.body.expected();
  if (!decoder_.done() && (head.status == 413 || (whole && !rest_is_worth_reading()))) close_ = true;
  framing_ = append_response(text, head, {server_.date(), close_, request().http_1_0(), request().method == "HEAD"});
  head_written_ = true;
  if (head.tunnel != Tunnel::none) {
    tunnel_ = true;
    stream_.keep_alive();
    framing_ = Framing::until_close;
    decoder_.start(Framing::until_close, 0, Side::client);
  }
  if (framing_ == Framing::until_close) close_ = true;
  written_ = framing_ == Framing::none || first.last || (framing_ == Framing::length && head.body.length == 0);
  return send(frame_piece(text, framing_, first));
}

Task<Result<void>> ServerConnection::write_body(Chunk piece) {
  written_ = written_ || piece.last;
  const auto pieces = frame_piece(outgoing_text(), framing_, piece);
  return tunnel_ && piece.last ? end_tunnel(pieces) : send(pieces);
}

// An app over HTTP/2 says its last bytes and its end at once.
Task<Result<void>> ServerConnection::end_tunnel(net::Stream::Pieces pieces) {
  const auto ok = co_await send(pieces);
  stream_.shutdown_send();
  co_return ok;
}

void ServerConnection::abort() noexcept {
  close_ = true;
  stream_.reset();
}

Direct ServerConnection::direct_source() noexcept {
  if (stream_.tls() != nullptr || tunnel_ || unconsumed_ != 0 || !stream_.input().empty()) return {};
  return {&stream_, decoder_.length_left()};
}

net::Stream* ServerConnection::direct_sink() noexcept {
  return stream_.tls() == nullptr && framing_ == Framing::length && !tunnel_ ? &stream_ : nullptr;
}

void ServerConnection::direct_moved(std::uint64_t bytes) noexcept { decoder_.skip(bytes); }

void ServerConnection::stop_reading() noexcept { stream_.interrupt(); }

bool ServerConnection::rest_is_worth_reading() const noexcept {
  // A client that waits for our 100 and got a final answer instead will not send its body (RFC 9110 §10.1.1).
  return (!request().expects_continue || invited_) && decoder_.length_left() <= drain_limit;
}

Task<bool> ServerConnection::drop_rest() {
  const auto end = net::Clock::now() + server_.settings().linger_total;
  std::size_t dropped = 0;
  while (!decoder_.done()) {
    if (!rest_is_worth_reading() || dropped > drain_limit || net::Clock::now() > end) co_return false;
    const auto piece = co_await read_body();
    if (!piece) co_return false;
    dropped += piece->data.size();
  }
  co_return true;
}

void ServerConnection::watch(std::function<void()> gone) {
  if (gone && stream_.ended()) return gone();
  stream_.watch(std::move(gone));
}

void ServerConnection::watch_end(std::function<void()> gone) {
  if (gone && stream_.ended()) return gone();
  stream_.watch(std::move(gone), net::Stream::Watch::unread_end);
}

Task<bool> ServerConnection::finish() {
  stream_.watch(nullptr);
  stream_.no_deadline();
  if (!stream_.open() || tunnel_) return false;
  if (!head_written_ || !written_) {
    // The handler gave up inside the answer: the client must not take it for complete (rule 42).
    stream_.reset();
    return false;
  }
  if (!decoder_.done()) return finish_reading();
  stream_.consume(std::exchange(unconsumed_, 0));
  if (close_) return false;
  begin();
  return true;
}

Task<bool> ServerConnection::finish_reading() {
  const bool kept = !close_ && co_await drop_rest();
  stream_.consume(std::exchange(unconsumed_, 0));
  if (!kept && !decoder_.done()) co_await linger();
  if (kept) begin();
  co_return kept;
}

Task<> ServerConnection::linger() {
  const auto& settings = server_.settings();
  return stream_.linger(settings.linger_step, settings.linger_total);
}

}  // namespace gw::http::h1
