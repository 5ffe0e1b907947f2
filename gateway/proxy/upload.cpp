#include "gateway/proxy/upload.hpp"

namespace gw::proxy {
namespace {

using net::Code;
using net::Side;
using net::Task;

// How long an app may leave the client waiting for its 100 (rule 37).
constexpr net::Duration silence_before_continue{1'000};

}  // namespace

Upload::Upload(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, Outcome& outcome,
               Presence& presence, std::uint64_t limit) noexcept
    : net::Deadline(worker.deadlines()),
      worker_(worker),
      client_(client),
      upstream_(upstream),
      outcome_(outcome),
      presence_(presence),
      limit_(limit) {}

void Upload::start(bool ask_first) {
  running_ = true;
  worker_.spawn(run(ask_first));
}

void Upload::go() {
  asked_ = true;
  gate_.notify();
}

void Upload::expired() noexcept { gate_.notify(); }

void Upload::stop() {
  stopped_ = true;
  if (gate_.waiting()) return gate_.notify();
  client_.stop_reading();
  upstream_.abort();
}

Task<> Upload::finished() {
  if (running_) co_await end_.wait();
}

Task<> Upload::told() {
  if (telling_) co_await told_.wait();
}

void Upload::fail(net::Failure failure) {
  failure_ = failure;
  // The request cannot be completed: the app must not take what it has for the whole (rule 42).
  if (failure.side != Side::upstream) upstream_.abort();
}

// Whoever leaves while nobody reads from him takes his request along.
void Upload::watch_client() {
  client_.watch([this] { leave(); });
}

void Upload::leave() {
  outcome_.client_gone = true;
  upstream_.abort();
}

Task<bool> Upload::wait_for_go() {
  if (!asked_ && !stopped_) {
    watch_client();
    expires_in(silence_before_continue);
    co_await gate_.wait();
    clear();
    client_.watch(nullptr);
  }
  if (stopped_) co_return false;
  if (asked_) co_return true;
  asked_ = true;
  http::ResponseHead go_on;
  go_on.status = 100;
  telling_ = true;
  const bool told = (co_await client_.write_head(go_on, {})).has_value();
  telling_ = false;
  if (!told) leave();
  told_.notify();
  co_return told;
}

Task<> Upload::run(bool ask_first) {
  const bool wanted = !ask_first || co_await wait_for_go();
  while (wanted && !stopped_) {
    const auto piece = co_await client_.read_body();
    if (!piece) {
      outcome_.client_gone = outcome_.client_gone || piece.error().code == Code::closed || piece.error().code == Code::reset ||
                             piece.error().code == Code::truncated;
      fail(piece.error());
      break;
    }
    outcome_.body_touched = true;
    outcome_.bytes_in += piece->data.size();
    presence_.heard(worker_.deadlines().now());
    if (limit_ != 0 && outcome_.bytes_in > limit_) {
      fail({Code::body_too_large, Side::client, net::Retry::never});
      break;
    }
    // An app that takes no more makes this wait for long, and nobody reads the client meanwhile.
    client_.watch_end([this] { leave(); });
    const auto ok = co_await upstream_.write_body(*piece);
    client_.watch(nullptr);
    if (!ok) {
      fail(ok.error());
      break;
    }
    if (!piece->last) continue;
    watch_client();
    break;
  }
  running_ = false;
  end_.notify();
}

}  // namespace gw::proxy
