#include "loadtest/service/answerer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/http/h1/websocket.hpp"
#include "loadtest/service/frames.hpp"

namespace loadtest::service {

namespace http = gw::http;
namespace net = gw::net;
using net::Task;

namespace {

// A slow body comes in so many pieces: enough that its pace looks even.
constexpr std::uint64_t pieces_of_slow_body = 10;
constexpr std::uint64_t largest_piece = 1 << 20;

bool wants_events(const http::RequestHead& request) {
  const auto accept = request.fields.find(http::Name::accept);
  return accept && accept->find("text/event-stream") != std::string_view::npos;
}

/// Without a body of its own an answer to HEAD says how long it would be.
http::BodySize size_for(const http::RequestHead& request, http::ResponseHead& head, std::uint64_t size) {
  if (request.method != "HEAD") return http::BodySize::of(size);
  head.length_stated = true;
  head.stated_length = size;
  return http::BodySize::none();
}

bool has_no_body(std::uint16_t status) noexcept { return status == 204 || status == 304; }

/// Counts while it lives.
class InProgress {
 public:
  explicit InProgress(std::uint64_t& count) noexcept : count_(count) { ++count_; }
  ~InProgress() { --count_; }
  InProgress(const InProgress&) = delete;
  InProgress& operator=(const InProgress&) = delete;

 private:
  std::uint64_t& count_;
};

}  // namespace

Answerer::Answerer(net::Worker& worker, Settings settings)
    : settings_(std::move(settings)), alarm_(worker), dice_(settings_.seed), delays_(settings_.delays_file) {
  // Never changed: pieces of it are on their way to several clients.
  body_.assign(std::clamp<std::uint64_t>(settings_.size, 64 << 10, largest_piece), 'x');
}

// Whoever arrives inside a stall is served as if he had come at its end.
Nanoseconds Answerer::release(Nanoseconds arrived, Nanoseconds delay) const noexcept {
  Nanoseconds from = arrived;
  for (const auto& stall : settings_.stalls) {
    const Nanoseconds begin = first_ + stall.after;
    if (arrived >= begin) from = std::max(from, begin + stall.lasts);
  }
  return from + delay;
}

Task<> Answerer::handle(http::ClientSide& exchange, http::RequestHead& request, const http::ConnectionInfo&) {
  Ask ask{exchange, request, settings_, {}, steady_now(), 0, {}};
  if (first_ == measure::never) first_ = ask.arrived;
  ask.gap = last_ == measure::never ? 0 : ask.arrived - last_;
  last_ = ask.arrived;
  ++count_;
  if (delays_.wanted()) {
    const auto given = request.fields.find(http::Name::x_request_id);
    ask.id = given ? std::string(*given) : std::to_string(count_);
  }
  const InProgress counted(in_progress_);
  if (request.query.empty()) {
    ask.fate = dice_.draw(settings_, in_progress_ - 1);
    co_await answer(ask);
  } else {
    const Settings own = changed_by_query(settings_, request.query);
    Ask changed{exchange, request, own, dice_.draw(own, in_progress_ - 1), ask.arrived, ask.gap, std::move(ask.id)};
    co_await answer(changed);
  }
  ++answered_;
}

Task<> Answerer::answer(Ask& ask) {
  if (ask.request.tunnel == http::Tunnel::websocket) {
    co_await echo(ask);
    co_return;
  }
  while (ask.request.body.expected()) {
    const auto piece = co_await ask.exchange.read_body();
    if (!piece) co_return ask.exchange.abort();
    if (piece->last) break;
  }
  co_await alarm_.until(release(ask.arrived, ask.fate.delay));
  http::ResponseHead head;
  head.status = ask.fate.status;
  released(ask, head);
  if (ask.fate.reset) co_return ask.exchange.abort();
  if (ask.fate.status == 200 && wants_events(ask.request)) {
    co_await send_events(ask);
    co_return;
  }
  head.fields.add("content-type", "text/plain");
  if (ask.fate.close && ask.request.version != http::Version::http_2) head.fields.add(http::Name::connection, "close");
  const std::uint64_t size = has_no_body(head.status) ? 0 : ask.fate.size;
  head.body = has_no_body(head.status) ? http::BodySize::none() : size_for(ask.request, head, size);
  co_await send(ask, head, head.body.expected() ? size : 0);
}

void Answerer::released(const Ask& ask, http::ResponseHead& head) {
  const Nanoseconds given = steady_now() - ask.arrived;
  delays_.add(ask.id, given, ask.gap);
  const auto milliseconds = [](Nanoseconds span) { return static_cast<double>(span) / 1e6; };
  head.fields.add("server-timing", fmt::format("app;dur={:.6f}, gap;dur={:.6f}", milliseconds(given), milliseconds(ask.gap)));
}

Task<> Answerer::send(Ask& ask, http::ResponseHead& head, std::uint64_t size) {
  const std::uint64_t end = ask.fate.truncated ? size / 2 : size;
  const std::uint64_t parts = ask.settings.body_takes > 0 ? pieces_of_slow_body : 1;
  const std::uint64_t step = std::clamp<std::uint64_t>((size + parts - 1) / parts, 1, body_.size());
  const Nanoseconds began = steady_now();
  std::uint64_t at = std::min(step, end);
  const http::Chunk first{{body_.data(), at}, at == size, nullptr};
  auto ok = co_await ask.exchange.write_head(head, first);
  while (ok && at < end) {
    const auto share = static_cast<double>(at) / static_cast<double>(size);
    co_await alarm_.until(began + static_cast<Nanoseconds>(share * static_cast<double>(ask.settings.body_takes)));
    const std::uint64_t piece = std::min(step, end - at);
    at += piece;
    const http::Chunk next{{body_.data(), piece}, at == size, nullptr};
    ok = co_await ask.exchange.write_body(next);
  }
  // What is half told when its handler ends is reset, which is all that there is for TLS and HTTP/2.
  if (!ask.fate.close && at == size) co_return;
  if (auto* stream = ask.exchange.direct_sink()) stream->shutdown_send();
}

Task<> Answerer::send_events(Ask& ask) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("content-type", "text/event-stream");
  head.fields.add("cache-control", "no-store");
  head.body = http::BodySize::unknown();
  const http::Chunk nothing{};
  auto ok = co_await ask.exchange.write_head(head, nothing);
  Nanoseconds due = steady_now();
  for (unsigned i = 0; ok && i != ask.settings.events; ++i, due += ask.settings.event_interval) {
    co_await alarm_.until(due);
    const auto text = fmt::format("id: {}\ndata: {}\n\n", i, steady_now());
    const http::Chunk event{text, i + 1 == ask.settings.events, nullptr};
    ok = co_await ask.exchange.write_body(event);
  }
}

Task<> Answerer::echo(Ask& ask) {
  http::ResponseHead head;
  head.status = 101;
  head.tunnel = http::Tunnel::websocket;
  head.protocol = "websocket";
  const auto key = ask.request.fields.find("sec-websocket-key");
  head.fields.add("sec-websocket-accept", http::h1::websocket_accept(key ? *key : std::string_view{}));
  const http::Chunk nothing{};
  auto ok = co_await ask.exchange.write_head(head, nothing);
  FrameReader reader(true);
  while (ok) {
    const auto piece = co_await ask.exchange.read_body();
    if (!piece) co_return ask.exchange.abort();
    reader.add(piece->data);
    if (piece->last) break;
    const bool go_on = co_await echo_frames(ask, reader);
    if (!go_on) break;
  }
  const http::Chunk end{{}, true, nullptr};
  if (ok) co_await ask.exchange.write_body(end);
}

Task<bool> Answerer::echo_frames(Ask& ask, FrameReader& reader) {
  while (auto frame = reader.next()) {
    if (frame->opcode == Opcode::pong) continue;
    const auto arrived = steady_now();
    if (!frame->control()) {
      if (frame->opcode != Opcode::continuation) ask.fate = dice_.draw(ask.settings, in_progress_ - 1);
      co_await alarm_.until(release(arrived, ask.fate.delay));
      delays_.add(ask.id, steady_now() - arrived, ask.gap);
    }
    std::string out;
    append_frame(out, frame->opcode == Opcode::ping ? Opcode::pong : frame->opcode, frame->final, frame->payload);
    const http::Chunk echoed{out, false, nullptr};
    const auto ok = co_await ask.exchange.write_body(echoed);
    if (!ok || frame->opcode == Opcode::close) co_return false;
  }
  co_return !reader.broken();
}

Task<> Answerer::refuse(http::ClientSide& exchange, const http::RequestHead&, const http::ConnectionInfo&,
                        net::Failure failure) {
  http::ResponseHead head;
  head.status = 400;
  const auto text = net::explain(failure.code);
  head.body = http::BodySize::of(text.size());
  const http::Chunk all{text, true, nullptr};
  co_await exchange.write_head(head, all);
}

}  // namespace loadtest::service
