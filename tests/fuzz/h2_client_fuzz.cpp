// Any bytes from an HTTP/2 upstream, in pieces, while exchanges of all kinds are under way: no crash, nobody waits for ever, and what
// comes out of an answer may be written as HTTP/1.

#include <list>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/http/client.hpp"
#include "tests/fuzz/strict.hpp"
#include "tests/fuzz/wire.hpp"

namespace {

using namespace gw;
using fuzz::check;
using fuzz::check_trailers;
using fuzz::require;
using http::BodySize;
using http::Chunk;

/// What an exchange asks for, and how it behaves.
enum class Kind : std::uint8_t { get, head, post, long_post, trailers, websocket, leaves_after_head, only_watches };

class Exchanges {
 public:
  explicit Exchanges(http::SharedConnection& connection) : connection_(connection) {}

  net::Task<> run(Kind kind) {
    ++under_way_;
    // The connection may take no more exchanges, or may have ended.
    if (const auto share = connection_.exchange({})) co_await one(share->exchange(), kind);
    --under_way_;
  }
  /// The connection has ended.
  void end() {
    for (auto& watcher : watchers_) watcher.notify();
  }
  std::size_t under_way() const noexcept { return under_way_; }

 private:
  static http::RequestHead request_of(Kind kind) {
    http::RequestHead request;
    request.method = kind == Kind::head ? "HEAD" : "GET";
    request.authority = "app";
    request.path = "/";
    if (kind == Kind::post || kind == Kind::long_post || kind == Kind::trailers) request.method = "POST";
    if (kind == Kind::post) request.body = BodySize::of(5);
    if (kind == Kind::long_post) request.body = BodySize::of(long_body);
    if (kind == Kind::trailers) request.body = BodySize::unknown();
    request.trailers_welcome = kind == Kind::trailers;
    if (kind == Kind::websocket) {
      request.tunnel = http::Tunnel::websocket;
      request.fields.add(http::Name::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
    }
    return request;
  }

  net::Task<> one(http::UpstreamSide& exchange, Kind kind) {
    const auto request = request_of(kind);
    const bool sent = co_await send(exchange, request, kind);
    if (!sent) co_return;
    if (kind == Kind::only_watches) co_return co_await watch(exchange, request);
    auto* const head = co_await final_head(exchange, request);
    if (head == nullptr || kind == Kind::leaves_after_head) co_return;
    if (head->tunnel != http::Tunnel::none) {
      const Chunk ping{std::string_view("ping"), false, nullptr};
      const auto written = co_await exchange.write_body(ping);
      if (!written) co_return;
    }
    if (head->body.expected()) (void)co_await read_body(exchange, head->body);
  }

  static net::Task<bool> send(http::UpstreamSide& exchange, const http::RequestHead& request, Kind kind) {
    const std::string body(request.body.kind == BodySize::Kind::length ? request.body.length : 0, 'x');
    Chunk first{body, kind != Kind::trailers, nullptr};
    if (kind == Kind::websocket) first.last = false;
    const auto sent = co_await exchange.write_head(request, first);
    if (!sent || kind != Kind::trailers) co_return bool(sent);
    http::Fields trailers;
    trailers.add("x-sum", "1");
    const Chunk last{std::string_view("end"), true, &trailers};
    const auto ended = co_await exchange.write_body(last);
    co_return bool(ended);
  }

  static net::Task<http::ResponseHead*> final_head(http::UpstreamSide& exchange, const http::RequestHead& request) {
    for (unsigned interims = 0;; ++interims) {
      require(interims <= http::h1::ResponseRules{}.interim_count);
      const auto head = co_await exchange.read_head();
      if (!head) co_return nullptr;
      check(request, **head);
      if (!(*head)->interim()) co_return *head;
    }
  }

  static net::Task<bool> read_body(http::UpstreamSide& exchange, BodySize stated) {
    std::uint64_t size = 0;
    for (bool more = true; more;) {
      const auto piece = co_await exchange.read_body();
      if (!piece) co_return false;
      size += piece->data.size();
      require(piece->last || !piece->data.empty());
      require(piece->trailers == nullptr || piece->last);
      if (piece->trailers != nullptr) check_trailers(*piece->trailers);
      more = !piece->last;
    }
    // What is told as a whole body is one.
    require(stated.kind != BodySize::Kind::length || size == stated.length);
    co_return true;
  }

  /// Reads nothing before the connection has ended. Who was not told by then that the upstream broke it has a whole answer.
  net::Task<> watch(http::UpstreamSide& exchange, const http::RequestHead& request) {
    bool told = false;
    exchange.watch([&] { require(!std::exchange(told, true)); });
    watchers_.emplace_back();
    co_await watchers_.back().wait();
    exchange.watch(nullptr);
    if (told) co_return;
    auto* const head = co_await final_head(exchange, request);
    require(head != nullptr);
    if (!head->body.expected()) co_return;
    const bool whole = co_await read_body(exchange, head->body);
    require(whole);
  }

  // More than the window that an upstream has if it says nothing.
  static constexpr std::size_t long_body = 100'000;

  http::SharedConnection& connection_;
  std::list<net::Waiter> watchers_;
  std::size_t under_way_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 3) return 0;
  // How the bytes are cut; then, three bits each, what is asked for. One exchange begins before each piece, or all before the only one.
  fuzz::Pieces pieces(data[0], {reinterpret_cast<const char*>(data) + 3, size - 3});
  const unsigned plan = data[1] | data[2] << 8U;
  unsigned asked = 0;
  fuzz::Wire wire(net::Side::upstream);
  auto connection = http::h2_client(wire.take_stream(), net::Duration(60'000));
  Exchanges exchanges(*connection);
  const auto ask = [&] {
    wire.worker().spawn(exchanges.run(static_cast<Kind>(plan >> 3 * asked++ & 7)));
    wire.listen();
  };
  while (pieces.more()) {
    do {
      if (asked != 5) ask();
    } while (data[0] == 0 && asked != 5);
    wire.talk(pieces.next());
  }
  wire.close();
  exchanges.end();
  wire.settle();
  require(exchanges.under_way() == 0);
  require(connection->over());
  require(connection.use_count() == 1);
  return 0;
}
