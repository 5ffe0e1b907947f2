#include "gateway/proxy/tunnel.hpp"

#include <algorithm>
#include <utility>

#include "gateway/http/websocket_frames.hpp"
#include "gateway/net/waiter.hpp"
#include "gateway/proxy/tunnels.hpp"

namespace gw::proxy {
namespace {

using http::Chunk;
using net::Task;

// After one side has ended, how long the other may take to follow.
constexpr net::Duration half_closed{30'000};
// For the message that is under way when the tunnel is to end, and for both sides to end behind our Close frame.
constexpr net::Duration parting{5'000};

class Tunnel final : private net::Deadline, private OpenTunnel {
 public:
  Tunnel(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, RequestContext& context, Outcome& outcome)
      : net::Deadline(worker.deadlines()),
        OpenTunnel(worker.deadlines(), *context.tunnels, *context.route, context.endpoint),
        worker_(worker),
        client_(client),
        upstream_(upstream),
        idle_(context.snapshot->timeouts.tunnel),
        presence_(context.presence),
        outcome_(outcome) {}

  Task<> run() {
    open_ = 2;
    moved();
    worker_.spawn(to_upstream());
    co_await to_client();
    while (open_ != 0 || saying_) co_await end_.wait();
  }

 private:
  // What is frozen can only be silent.
  void expired() noexcept override {
    if (!ending_ && presence_.asleep()) return moved();
    abort();
  }
  // A side that has ended is not waited for as long as one that is silent. One that is to end is not waited for again and again.
  void moved() noexcept {
    if (!ending_) expires_in(open_ == 2 ? idle_ : std::min(idle_, half_closed));
  }
  void abort() noexcept {
    client_.abort();
    upstream_.abort();
  }

  // We speak to the client only. It answers our Close frame with one of its own, which the app is given and ends behind.
  void end() noexcept override {
    ending_ = true;
    expires_in(parting);
    // Else whoever writes to the client now finds the place.
    if (!reading_app_ || !frames_.between_messages() || frames_.closed()) return;
    said_ = saying_ = true;
    worker_.spawn(say_goodbye());
  }

  Task<> say_goodbye() {
    const auto ok = co_await client_.write_body({http::websocket_restart, false, nullptr});
    saying_ = false;
    if (!ok) abort();
    // Behind the first of them there may be nothing of us left.
    if (said_to_.waiting()) co_return said_to_.notify();
    end_.notify();
  }

  Task<> to_upstream() {
    bool heard = true;
    for (;;) {
      const auto piece = co_await client_.read_body();
      if (!piece) {
        abort();
        break;
      }
      outcome_.bytes_in += piece->data.size();
      moved();
      static_cast<void>(client_frames_.follow(piece->data));
      if (client_frames_.followed_data()) presence_.heard(worker_.deadlines().now());
      if (heard) heard = static_cast<bool>(co_await upstream_.write_body(*piece));
      // A client that has yet to read our Close frame must not be reset because the app has gone first.
      if (!heard && !said_) {
        abort();
        break;
      }
      if (piece->last) break;
    }
    closed();
    end_.notify();
  }

  Task<> to_client() {
    for (;;) {
      reading_app_ = true;
      const auto piece = co_await upstream_.read_body();
      reading_app_ = false;
      if (!piece && !said_) {
        abort();
        break;
      }
      const bool last = !piece || piece->last;
      if (said_) {
        // Nothing may follow a Close frame.
        if (!last) continue;
        while (saying_) co_await said_to_.wait();
        if (auto ok = co_await client_.write_body({{}, true, nullptr}); !ok) abort();
        break;
      }
      moved();
      const auto told = co_await tell(*piece);
      if (!told) abort();
      if (!told || (last && !said_)) break;
      if (!last) continue;
      if (auto ok = co_await client_.write_body({{}, true, nullptr}); !ok) abort();
      break;
    }
    closed();
  }

  // One piece of what the app says; the last one, with our Close frame behind what is whole of it, when the tunnel is to end.
  Task<net::Result<void>> tell(Chunk piece) {
    const auto place = frames_.follow(piece.data);
    if (frames_.followed_data()) presence_.moved(worker_.deadlines().now());
    const auto whole = ending_ && place && !frames_.closed() ? place : std::nullopt;
    if (whole) piece = {piece.data.first(*whole), false, nullptr};
    outcome_.bytes_out += piece.data.size();
    if (!whole || !piece.data.empty()) {
      if (auto ok = co_await client_.write_body(piece); !ok) co_return ok;
    }
    // While we wrote it may have been told to end, and the app may be silent from here on.
    if (!whole && (!ending_ || piece.last || !frames_.between_messages() || frames_.closed())) co_return net::Result<void>{};
    said_ = true;
    co_return co_await client_.write_body({http::websocket_restart, false, nullptr});
  }

  void closed() noexcept {
    --open_;
    moved();
  }

  net::Worker& worker_;
  http::ClientSide& client_;
  http::UpstreamSide& upstream_;
  net::Duration idle_;
  Presence& presence_;
  Outcome& outcome_;
  http::WebSocketFrames frames_;         ///< of what the app says
  http::WebSocketFrames client_frames_;  ///< of what the client says: pings keep no site awake
  net::Waiter end_;
  net::Waiter said_to_;  ///< until the client has taken our Close frame
  int open_ = 0;
  bool reading_app_ = false;  ///< nothing of the app's is being written to the client
  bool ending_ = false;
  bool said_ = false;  ///< our Close frame is on its way or there
  bool saying_ = false;
};

}  // namespace

Task<> relay_tunnel(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, RequestContext& context,
                    Outcome& outcome) {
  outcome.tunnel = true;
  context.presence.becomes_stream(context.phases.first_byte);
  client.watch(nullptr);
  Tunnel tunnel(worker, client, upstream, context, outcome);
  co_await tunnel.run();
}

}  // namespace gw::proxy
