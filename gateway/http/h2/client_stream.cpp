#include "gateway/http/h2/client_stream.hpp"

#include <utility>

#include "gateway/http/h1/websocket.hpp"
#include "gateway/http/h2/client_connection.hpp"

namespace gw::http::h2 {

using net::Code;
using net::Failure;
using net::Result;
using net::Retry;
using net::Side;
using net::Task;

namespace {

// They are the first thing that a server says (RFC 9113 §3.4).
constexpr net::Duration settings_within{10'000};

}  // namespace

ClientStream::ClientStream(ClientConnection& connection, const ClientTimeouts& timeouts)
    : StreamBase(connection, Side::upstream),
      connection_(connection),
      timeouts_(timeouts),
      patience_(connection.deadlines(), head_waiter_) {}

ResponseHead& ClientStream::incoming() {
  if (!std::exchange(incoming_, true)) heads_.emplace_back();
  return heads_.back();
}

void ClientStream::head_is_here(bool final) {
  incoming_ = false;
  final_here_ = final;
  connection_.wake(*this);
}

void ClientStream::resume_more() {
  if (head_waiter_.waiting()) head_waiter_.notify();
}

// Nothing of an answer has come: whether a retry is safe depends on the request and on how it was lost.
Failure ClientStream::failure() const noexcept {
  auto why = StreamBase::failure();
  if (!heads_.empty()) why.retry = Retry::never;
  return why;
}

Task<Result<void>> ClientStream::write_head(const RequestHead& head, Chunk first) {
  expected_.head_request = head.method == "HEAD";
  expected_.tunnel = tunnel_ = head.tunnel == Tunnel::websocket;
  if (tunnel_) {
    expected_.accept = h1::websocket_accept(head.fields.find(Name::sec_websocket_key).value_or(""));
    // Whether the upstream takes an extended CONNECT stands in its SETTINGS (RFC 8441 §3).
    patience_.expires_in(settings_within);
    while (!connection_.knows_settings() && !is_closed() && !patience_.over) {
      connection_.wait_for_settings(*this);
      co_await head_waiter_.wait();
    }
    patience_.clear();
    patience_.over = false;
    if (!connection_.takes_websockets()) co_return Failure{Code::bad_upgrade, Side::upstream, Retry::never};
  }
  const bool more = tunnel_ || (head.body.expected() && !first.last) || !first.data.empty();
  asked_ = connection_.deadlines().now();
  if (auto sent = connection_.open(*this, head, !more); !sent) co_return sent;
  if (!more) {
    finish();
    request_sent();
    connection_.speak();
    co_return Result<void>{};
  }
  if (!tunnel_ && (!first.data.empty() || first.last)) co_return co_await write_body(first);
  if (tunnel_) request_sent();
  connection_.speak();
  co_return Result<void>{};
}

Task<Result<void>> ClientStream::write_body(Chunk piece) {
  auto ok = co_await put(piece, tunnel_ ? net::Duration::zero() : timeouts_.body);
  if (!ok) co_return failure();
  if (piece.last) request_sent();
  co_return ok;
}

// Now the app has all that it will get; before, an upload took as long as it moved.
void ClientStream::request_sent() noexcept {
  request_done_ = true;
  if (awaited_ && timeouts_.first_byte != net::Duration::zero()) patience_.expires_in(timeouts_.first_byte);
}

Task<Result<ResponseHead*>> ClientStream::read_head() {
  awaited_ = true;
  if (request_done_) request_sent();
  const auto complete = [this] { return heads_.size() - (incoming_ ? 1 : 0); };
  while (read_ == complete()) {
    if (is_closed()) co_return failure();
    co_await head_waiter_.wait();
    if (!std::exchange(patience_.over, false)) continue;
    abort();
    connection_.unanswered(asked_);
    co_return Failure{Code::first_byte_timeout, Side::upstream, Retry::never};
  }
  awaited_ = false;
  patience_.clear();
  co_return &heads_[read_++];
}

void ClientStream::abort() noexcept {
  if (is_closed()) return;
  on_gone(nullptr);
  reset(Session::cancelled);
  closed(Failure{Code::cancelled, Side::gateway, Retry::never});
}

}  // namespace gw::http::h2
