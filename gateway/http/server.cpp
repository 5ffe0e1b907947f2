#include "gateway/http/server.hpp"

#include <ctime>

#include "gateway/http/h1/server_connection.hpp"
#include "gateway/net/proxy_peer.hpp"

namespace gw::http {

using net::Code;
using net::Task;

namespace {

// As many exchanges as one worker has in flight on a good day; more are made as needed.
constexpr std::size_t most_spare_heads = 64;

}  // namespace

/// One connection with all that belongs to it: one allocation besides its coroutines.
class ServedConnection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  ServedConnection(Server& server, std::unique_ptr<net::Stream> stream, ConnectionInfo about)
      : stream_(std::move(stream)), info(std::move(about)), connection(*stream_, server, info.tls) {}

  net::Stream& stream() noexcept { return *stream_; }

 private:
  std::unique_ptr<net::Stream> stream_;

 public:
  ConnectionInfo info;
  h1::ServerConnection connection;
};

Server::Server(net::Worker& worker, Handler& handler, const ServerSettings& settings)
    : worker_(worker), handler_(handler), settings_(settings), list_(std::make_unique<List>()) {
  spare_heads_.reserve(most_spare_heads);
}

Server::~Server() = default;

std::unique_ptr<RequestHead> Server::take_head() {
  if (spare_heads_.empty()) return std::make_unique<RequestHead>();
  auto head = std::move(spare_heads_.back());
  spare_heads_.pop_back();
  head->clear();
  return head;
}

void Server::give_back(std::unique_ptr<RequestHead> head) noexcept {
  if (head && spare_heads_.size() < most_spare_heads) spare_heads_.push_back(std::move(head));
}

std::string_view Server::date() {
  const auto now = worker_.deadlines().now();
  if (now >= date_until_) {
    const std::time_t seconds = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    date_.resize(40);
    date_.resize(std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc));
    date_until_ = now + std::chrono::seconds(1);
  }
  return date_;
}

void Server::accept(std::unique_ptr<net::Stream> stream, ConnectionInfo info, Entrance entrance) {
  info.tls = entrance.tls != nullptr;
  auto connection = std::make_unique<ServedConnection>(*this, std::move(stream), std::move(info));
  list_->push_back(*connection);
  ++connections_;
  ++accepted_;
  worker_.spawn(serve(std::move(connection), std::move(entrance)));
}

// The proxy's word on who connects. Nothing behind the header is touched: it may be the beginning of a handshake.
Task<bool> Server::introduce(ServedConnection& served) {
  auto& stream = served.stream();
  stream.deadline(settings_.header, Code::header_timeout);
  const auto said = co_await net::read_proxy_header(stream);
  stream.no_deadline();
  if (!said) co_return false;
  if (said->from == net::ProxyHeader::From::proxy) co_return true;
  // Whoever it is, it is not the proxy, which is trusted.
  const bool known = said->from == net::ProxyHeader::From::client;
  served.info.peer = known ? said->host : "unknown";
  served.info.peer_port = known ? said->port : std::uint16_t{0};
  co_return true;
}

Task<bool> Server::shake_hands(ServedConnection& served, SSL_CTX* settings) {
  auto& stream = served.stream();
  stream.deadline(settings_.handshake, Code::header_timeout);
  const auto done = co_await stream.handshake(settings);
  stream.no_deadline();
  if (!done) co_return false;
  served.info.server_name = stream.tls()->server_name();
  served.info.client_certificate = stream.tls()->client_certificate();
  co_return true;
}

Task<> Server::serve(std::unique_ptr<ServedConnection> served, Entrance entrance) {
  auto& connection = served->connection;
  bool go_on = true;
  if (entrance.proxy_protocol) go_on = co_await introduce(*served);
  if (go_on && entrance.tls) go_on = co_await shake_hands(*served, entrance.tls->initial());
  while (go_on) {
    while (connection.nothing_yet()) co_await served->stream().arrival();
    auto request = co_await connection.read_head();
    if (request) {
      co_await handler_.handle(connection, **request, served->info);
      go_on = co_await connection.finish() && !draining_;
      continue;
    }
    go_on = false;
    const auto code = request.error().code;
    // Nothing was asked: nothing is answered.
    const bool silent = code == Code::closed || code == Code::reset || code == Code::cancelled || code == Code::truncated ||
                        code == Code::idle_timeout || code == Code::tls || (code == Code::header_timeout && connection.idle());
    if (silent) continue;
    co_await handler_.refuse(connection, connection.request(), served->info, request.error());
    co_await connection.linger();
  }
  --connections_;
}

void Server::drain() {
  draining_ = true;
  for (auto at = list_->begin(); at != list_->end();) {
    auto& served = *at++;
    if (served.connection.idle()) served.stream().close();
  }
}

void Server::stop() {
  draining_ = true;
  for (auto at = list_->begin(); at != list_->end();) (at++)->stream().reset();
}

}  // namespace gw::http
