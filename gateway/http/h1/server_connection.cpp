#include "gateway/http/h1/server_connection.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
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

// How long a connection keeps its buffers after an exchange: long enough for the next request of a page, short enough that
// thousands of open tabs cost next to nothing.
constexpr net::Duration warm{1'000};
// An unread request body up to this size is read and dropped to keep the connection; beyond it closing is cheaper (rule 37).
constexpr std::size_t drain_limit = 64 * 1024;

/// Takes what has arrived, within reason for one turn of the loop; false when nothing more can come.
bool drop_input(int descriptor) noexcept {
  static thread_local std::array<char, 16 * 1024> nowhere;
  for (int turn = 0; turn != 16; ++turn) {
    const auto n = ::recv(descriptor, nowhere.data(), nowhere.size(), MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (n < static_cast<ssize_t>(nowhere.size())) break;
  }
  return true;
}

}  // namespace

ServerConnection::ServerConnection(net::Stream& stream, Server& server, bool tls)
    : stream_(stream), server_(server), parser_([&] {
        RequestRules rules;
        rules.unsafe_names = server.settings().unsafe_names;
        rules.tls = tls;
        return rules;
      }()) {}

void ServerConnection::begin() {
  head_.clear();
  unconsumed_ = 0;
  framing_ = Framing::none;
  idle_ = true;
  timing_ = invited_ = head_written_ = written_ = close_ = tunnel_ = false;
}

Task<Result<RequestHead*>> ServerConnection::read_head() {
  begin();
  for (;;) {
    const auto n = parser_.parse(stream_.input(), head_);
    if (!n) {
      close_ = true;
      co_return n.error();
    }
    if (*n != 0) {
      stream_.consume(*n);
      stream_.no_deadline();
      decoder_.start_request(head_.body, parser_.nominated());
      first_ = idle_ = false;
      co_return &head_;
    }
    if (auto ok = co_await wait_for_request(); !ok) {
      close_ = true;
      auto failure = ok.error();
      if (failure.code == Code::closed && parser_.started()) failure.code = Code::truncated;
      co_return failure;
    }
  }
}

Task<Result<void>> ServerConnection::wait_for_request() {
  const auto& settings = server_.settings();
  if (parser_.started() || first_) {
    // Absolute, not per byte: a head that trickles in has no more time than another (rule 67).
    if (!timing_) stream_.deadline(settings.header, Code::header_timeout);
    timing_ = true;
    co_return co_await stream_.more();
  }
  auto came = co_await stream_.more_within(warm);
  if (!came) co_return came.error();
  if (*came) co_return Result<void>{};
  head_ = {};
  stream_.deadline(settings.idle, Code::idle_timeout);
  auto ok = co_await stream_.wait_idle();
  stream_.no_deadline();
  co_return ok;
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
  // A tunnel has a deadline of its own.
  return send_pieces(stream_, pieces, tunnel_ ? net::Duration::zero() : server_.settings().body);
}

Task<Result<void>> ServerConnection::write_head(const ResponseHead& head, Chunk first) {
  auto& text = outgoing_text();
  if (head.interim()) {
    // An HTTP/1.0 client would take it for the answer (rule 38).
    if (!head_.http_1_0) append_response(text, head, {});
    invited_ = invited_ || head.status == 100;
    return send({text, {}, {}});
  }
  close_ = close_ || !parser_.keep_alive() || server_.draining();
  // Whoever was told that a body is too large need not send the rest of it (RFC 9110 §15.5.14, rule 43). Neither need one
  // whose whole answer goes out here; the answer says so when we know already that we will not take the rest.
  const bool whole = first.last || !head.body.expected();
  if (!decoder_.done() && (head.status == 413 || (whole && !rest_is_worth_reading()))) close_ = true;
  framing_ = append_response(text, head, {server_.date(), close_, head_.http_1_0, head_.method == "HEAD"});
  head_written_ = true;
  if (head.tunnel != Tunnel::none) {
    tunnel_ = true;
    framing_ = Framing::until_close;
    decoder_.start(Framing::until_close, 0, Side::client);
  }
  if (framing_ == Framing::until_close) close_ = true;
  written_ = framing_ == Framing::none || first.last || (framing_ == Framing::length && head.body.length == 0);
  return send(frame_piece(text, framing_, first));
}

Task<Result<void>> ServerConnection::write_body(Chunk piece) {
  written_ = written_ || piece.last;
  if (tunnel_ && piece.last) stream_.shutdown_send();
  return send(frame_piece(outgoing_text(), framing_, piece));
}

void ServerConnection::abort() noexcept {
  close_ = true;
  stream_.reset();
}

Direct ServerConnection::direct_source() noexcept {
  if (stream_.tls() != nullptr || tunnel_ || unconsumed_ != 0 || stream_.armed() || !stream_.input().empty()) return {};
  return {&stream_, decoder_.length_left()};
}

net::Stream* ServerConnection::direct_sink() noexcept {
  return stream_.tls() == nullptr && framing_ == Framing::length && !tunnel_ ? &stream_ : nullptr;
}

void ServerConnection::direct_moved(std::uint64_t bytes) noexcept { decoder_.skip(bytes); }

void ServerConnection::stop_reading() noexcept { stream_.interrupt(); }

bool ServerConnection::rest_is_worth_reading() const noexcept {
  // A client that waits for our 100 and got a final answer instead will not send its body (RFC 9110 §10.1.1).
  return (!head_.expects_continue || invited_) && decoder_.length_left() <= drain_limit;
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

Task<bool> ServerConnection::finish() {
  stream_.watch(nullptr);
  stream_.no_deadline();
  if (!stream_.open() || tunnel_) co_return false;
  if (!head_written_ || !written_) {
    // The handler gave up inside the answer: the client must not take it for complete (rule 42).
    stream_.reset();
    co_return false;
  }
  const bool kept = !close_ && co_await drop_rest();
  stream_.consume(std::exchange(unconsumed_, 0));
  if (!kept && !decoder_.done()) co_await linger();
  co_return kept;
}

// Past the stream: it may have failed (a deadline has passed), and what still comes must be read nevertheless, or the kernel
// answers it with a reset that overtakes our last words.
Task<> ServerConnection::linger() {
  if (!stream_.open()) co_return;
  stream_.shutdown_send();
  stream_.consume(stream_.input().size());
  const auto& settings = server_.settings();
  const auto end = net::Clock::now() + settings.linger_total;
  while (net::Clock::now() < end) {
    stream_.deadline(settings.linger_step, Code::idle_timeout);
    auto readable = co_await stream_.wait_readable();
    stream_.no_deadline();
    if (!readable || !drop_input(stream_.socket().native_handle())) break;
  }
}

}  // namespace gw::http::h1
