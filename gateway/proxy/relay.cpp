#include "gateway/proxy/relay.hpp"

#include "gateway/proxy/direct.hpp"
#include "gateway/proxy/policies/order.hpp"
#include "gateway/proxy/tunnel.hpp"
#include "gateway/proxy/upload.hpp"

namespace gw::proxy {
namespace {

using http::Chunk;
using net::Code;
using net::Failure;
using net::Result;
using net::Side;
using net::Task;

Failure gone() noexcept { return {Code::cancelled, Side::client, net::Retry::never}; }

class Relay {
 public:
  Relay(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream, const http::RequestHead& request,
        RequestContext& context, Outcome& outcome)
      : worker_(worker),
        client_(client),
        upstream_(upstream),
        request_(request),
        context_(context),
        outcome_(outcome),
        upload_(worker, client, upstream, outcome, context.presence, context.route->max_body_bytes) {}

  Task<Result<void>> exchange() {
    if (auto ok = co_await send_request(); !ok && !upload_.running()) co_return ok;
    auto head = co_await final_head();
    if (!head) co_return head.error();
    if (!upload_.running()) watch_client();
    apply_response_policies(**head, context_);
    if ((*head)->tunnel != http::Tunnel::none) co_return co_await switch_protocol(**head);
    co_return co_await send_response(**head);
  }

  /// Ends what still runs beside the answer.
  Task<> finish_upload() {
    upload_.stop();
    co_await upload_.finished();
  }
  bool uploading() const noexcept { return upload_.running(); }

  // Who is to blame when a side broke because we gave up on it.
  Failure blame(Failure failure) const {
    if (outcome_.client_gone) return gone();
    if (upload_.failure() && upload_.failure()->side == Side::client) return *upload_.failure();
    return failure;
  }

 private:
  void watch_client() {
    client_.watch([this] {
      outcome_.client_gone = true;
      upstream_.abort();
    });
  }

  Task<Result<void>> send_request() {
    Chunk first{{}, true, nullptr};
    const bool ask_first = request_.expects_continue && request_.body.expected();
    if (request_.body.expected()) {
      first.last = false;
      if (!ask_first) {
        if (const auto ready = client_.ready_body()) {
          if (!*ready) co_return ready->error();
          first = **ready;
          outcome_.body_touched = true;
          outcome_.bytes_in += first.data.size();
          const auto limit = context_.route->max_body_bytes;
          if (limit != 0 && outcome_.bytes_in > limit) co_return Failure{Code::body_too_large, Side::client, net::Retry::never};
        }
      }
    }
    const auto ok = co_await upstream_.write_head(request_, first);
    context_.phases.sent = net::Clock::now();
    if (ok && !first.last) upload_.start(ask_first);
    co_return ok;
  }

  Task<Result<http::ResponseHead*>> final_head() {
    if (!upload_.running()) watch_client();
    for (;;) {
      auto head = co_await upstream_.read_head();
      if (!head) co_return head;
      if (upload_.running()) co_await upload_.told();
      if (!(*head)->interim()) {
        context_.phases.first_byte = net::Clock::now();
        co_return head;
      }
      if (auto ok = co_await client_.write_head(**head, {}); !ok) co_return leave();
      if ((*head)->status == 100) upload_.go();
    }
  }

  Task<Result<void>> switch_protocol(const http::ResponseHead& head) {
    outcome_.status = head.status;
    if (auto ok = co_await client_.write_head(head, {}); !ok) co_return leave();
    co_await relay_tunnel(worker_, client_, upstream_, context_, outcome_);
    co_return Result<void>{};
  }

  Task<Result<void>> send_response(const http::ResponseHead& head) {
    Chunk piece{{}, !head.body.expected(), nullptr};
    if (head.body.expected()) {
      if (const auto ready = upstream_.ready_body()) {
        if (!*ready) co_return ready->error();
        piece = **ready;
      }
    }
    outcome_.status = head.status;
    outcome_.bytes_out += piece.data.size();
    // Its end may never come: events, a call of gRPC that lasts.
    if (!piece.last && head.body.kind == http::BodySize::Kind::unknown)
      context_.presence.becomes_stream(context_.phases.first_byte);
    auto written = co_await client_.write_head(head, piece);
    while (written && !piece.last) {
      auto ready = upstream_.ready_body();
      if (!ready) {
        auto moved = co_await move_directly(upstream_, client_, context_.snapshot->timeouts.body, outcome_.bytes_out);
        if (moved) {
          ready = co_await upstream_.read_body();
        } else {
          ready = moved.error();
        }
      }
      if (!*ready) {
        // Never a clean end for a body that is not whole (rule 42).
        client_.abort();
        co_return ready->error();
      }
      piece = **ready;
      outcome_.bytes_out += piece.data.size();
      context_.presence.moved(worker_.deadlines().now());
      written = co_await client_.write_body(piece);
    }
    if (written) co_return Result<void>{};
    co_return leave();
  }

  // The client takes no more. What it has sent behind this request and is still here must not be carried out for nobody.
  Failure leave() {
    outcome_.client_gone = true;
    client_.abort();
    upstream_.abort();
    return gone();
  }

  net::Worker& worker_;
  http::ClientSide& client_;
  http::UpstreamSide& upstream_;
  const http::RequestHead& request_;
  RequestContext& context_;
  Outcome& outcome_;
  Upload upload_;
};

}  // namespace

Task<Result<void>> relay(net::Worker& worker, http::ClientSide& client, http::UpstreamSide& upstream,
                         const http::RequestHead& request, RequestContext& context, Outcome& outcome) {
  Relay relay(worker, client, upstream, request, context, outcome);
  auto result = co_await relay.exchange();
  client.watch(nullptr);
  if (relay.uploading()) co_await relay.finish_upload();
  if (!result && !outcome.tunnel) result = relay.blame(result.error());
  co_return result;
}

}  // namespace gw::proxy
