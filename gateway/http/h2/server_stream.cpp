#include "gateway/http/h2/server_stream.hpp"

#include <algorithm>

#include "gateway/http/h2/server_connection.hpp"

namespace gw::http::h2 {
namespace {

using net::Code;
using net::Result;
using net::Side;
using net::Task;

// Rule 65: a client that opens no window holds the app's answer, and memory, for nothing.
constexpr net::Duration longest_stall{30'000};

}  // namespace

ServerStream::ServerStream(ServerConnection& connection)
    : StreamBase(connection, Side::client),
      connection_(connection),
      head_(connection.server().take_head()),
      linger_(connection.deadlines(), *this) {}

ServerStream::~ServerStream() { connection_.server().give_back(std::move(head_)); }

net::Duration ServerStream::patience() const noexcept { return connection_.server().settings().body; }

net::Duration ServerStream::write_patience() const noexcept { return std::min(patience(), longest_stall); }

Task<> ServerStream::run() {
  const boost::intrusive_ptr<StreamBase> self(this, false);  // whoever starts it has counted it
  auto& handler = connection_.server().handler();
  try {
    if (refused_)
      co_await handler.refuse(*this, *head_, connection_.info(), net::Failure{*refused_, Side::client, net::Retry::never});
    else
      co_await handler.handle(*this, *head_, connection_.info());
  } catch (...) {
    // A bug of ours must not take the other streams along.
    net::Worker::report_bug(std::current_exception());
  }
  end();
}

void ServerStream::end() noexcept {
  on_gone(nullptr);
  if (!finished())
    abort();
  else if (!peer_ended() && !is_closed())
    drop_rest();
  connection_.handled();
}

// RFC 9113 §8.1: the answer is whole, the rest of the request interests nobody.
void ServerStream::drop_rest() noexcept {
  stop_taking();
  const bool waits = head_->expects_continue && !invited_;
  if (waits || tunnel_ || connection_.server().draining()) return reset(Session::no_error);
  linger_.expires_in(connection_.server().settings().linger_total);
}

Task<Result<RequestHead*>> ServerStream::read_head() {
  if (is_closed()) co_return failure();
  co_return head_.get();
}

Task<Result<void>> ServerStream::write_head(const ResponseHead& head, Chunk first) {
  if (is_closed()) return Result<void>(failure());
  const bool more = head.interim() || head.body.expected() || head.tunnel != Tunnel::none;
  tunnel_ = head.tunnel != Tunnel::none;
  invited_ = invited_ || head.status == 100;
  const bool with_piece = more && !head.interim() && (!first.data.empty() || first.last);
  if (auto sent = connection_.send_head(*this, head, !more); !sent) return sent;
  if (!more) finish();
  if (with_piece) return write_body(first);
  connection_.speak();
  return Result<void>{};
}

void ServerStream::abort() noexcept {
  if (is_closed()) return;
  on_gone(nullptr);
  reset(tunnel_ ? Session::cancelled : Session::internal_error);
  closed(net::Failure{Code::cancelled, Side::gateway, net::Retry::never});
}

}  // namespace gw::http::h2
