#include "gateway/proxy/tunnel.hpp"

#include <algorithm>

#include "gateway/net/waiter.hpp"

namespace gw::proxy {
namespace {

using net::Task;

// After one side has ended, how long the other may take to follow.
constexpr net::Duration half_closed{30'000};

class Tunnel final : private net::Deadline {
 public:
  Tunnel(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, net::Duration idle, Outcome& outcome)
      : net::Deadline(worker.deadlines()),
        worker_(worker),
        client_(client),
        upstream_(upstream),
        idle_(idle),
        outcome_(outcome) {}

  Task<> run() {
    open_ = 2;
    moved();
    worker_.spawn(to_upstream());
    co_await to_client();
    if (open_ != 0) co_await end_.wait();
  }

 private:
  void expired() noexcept override { abort(); }
  // A side that has ended is not waited for as long as one that is silent.
  void moved() noexcept { expires_in(open_ == 2 ? idle_ : std::min(idle_, half_closed)); }
  void abort() noexcept {
    client_.abort();
    upstream_.abort();
  }

  Task<> to_upstream() {
    co_await pump(client_, upstream_, outcome_.bytes_in);
    closed();
    end_.notify();
  }

  Task<> to_client() {
    co_await pump(upstream_, client_, outcome_.bytes_out);
    closed();
  }

  void closed() noexcept {
    --open_;
    moved();
  }

  template <class From, class To>
  Task<> pump(From& from, To& to, std::uint64_t& bytes) {
    for (;;) {
      const auto piece = co_await from.read_body();
      if (!piece) co_return abort();
      bytes += piece->data.size();
      moved();
      if (auto ok = co_await to.write_body(*piece); !ok) co_return abort();
      if (piece->last) co_return;
    }
  }

  net::Worker& worker_;
  http::ClientSide& client_;
  http::UpstreamSide& upstream_;
  net::Duration idle_;
  Outcome& outcome_;
  net::Waiter end_;
  int open_ = 0;
};

}  // namespace

Task<> relay_tunnel(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, net::Duration idle,
                    Outcome& outcome) {
  outcome.tunnel = true;
  client.watch(nullptr);
  Tunnel tunnel(worker, client, upstream, idle, outcome);
  co_await tunnel.run();
}

}  // namespace gw::proxy
