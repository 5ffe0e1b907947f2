#include "gateway/http/server.hpp"

#include <ctime>

#include "gateway/http/h1/server_connection.hpp"
#include "gateway/http/h2/server_connection.hpp"
#include "gateway/net/proxy_peer.hpp"

namespace gw::http {

using net::Code;
using net::Task;

namespace {

// As many exchanges as one worker has in flight on a good day, about a kilobyte each; more are made as needed.
constexpr std::size_t most_spare_heads = 256;

}  // namespace

/// One connection with all that belongs to it, and the loop that serves it. Destroys itself at its end.
class ServedConnection final
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>,
      public net::Job {
 public:
  ServedConnection(Server& server, std::unique_ptr<net::Stream> stream, ConnectionInfo about, Entrance entrance)
      : server_(server),
        stream_(std::move(stream)),
        entrance_(std::move(entrance)),
        info_(std::move(about)),
        http1_(*stream_, server, info_.tls) {}

  net::Task<> run() override;

  /// Ends now if nothing is asked, else behind what is.
  void drain() noexcept {
    if (http2_) return http2_->drain();
    if (server_.ends_idle() && http1_.idle()) stream_->close();
  }
  void reset() noexcept { stream_->reset(); }

 private:
  net::Task<bool> introduce();
  net::Task<bool> shake_hands();
  net::Task<> serve_http2();
  net::Task<> refuse(net::Failure failure);

  Server& server_;
  std::unique_ptr<net::Stream> stream_;
  Entrance entrance_;
  ConnectionInfo info_;
  h1::ServerConnection http1_;
  std::unique_ptr<h2::ServerConnection> http2_;  ///< null: it speaks HTTP/1
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
  auto* connection = new ServedConnection(*this, std::move(stream), std::move(info), std::move(entrance));
  list_->push_back(*connection);
  ++connections_;
  ++accepted_;
  worker_.start(*connection);
}

void Server::ended() noexcept {
  if (--connections_ == 0) empty_.notify();
}

Task<> Server::empty() {
  while (connections_ != 0) co_await empty_.wait();
}

// The proxy's word on who connects. Nothing behind the header is touched: it may be the beginning of a handshake.
Task<bool> ServedConnection::introduce() {
  stream_->deadline(server_.settings().header, Code::header_timeout);
  const auto said = co_await net::read_proxy_header(*stream_);
  stream_->no_deadline();
  if (!said) co_return false;
  if (said->from == net::ProxyHeader::From::proxy) co_return true;
  // Whoever it is, it is not the proxy, which is trusted.
  const bool known = said->from == net::ProxyHeader::From::client;
  info_.peer = known ? said->host : "unknown";
  info_.peer_port = known ? said->port : std::uint16_t{0};
  if (!known || entrance_.place.claim(net::client_key(info_.peer))) co_return true;
  stream_->reset();
  co_return false;
}

Task<bool> ServedConnection::shake_hands() {
  stream_->deadline(server_.settings().handshake, Code::header_timeout);
  const auto done = co_await stream_->handshake(entrance_.tls->initial());
  stream_->no_deadline();
  if (!done) {
    ++server_.tls_.failed;
    co_return false;
  }
  ++server_.tls_.handshakes;
  if (stream_->tls()->resumed()) ++server_.tls_.resumed;
  info_.tls_version = stream_->tls()->version();
  info_.server_name = stream_->tls()->server_name();
  info_.client_certificate = stream_->tls()->client_certificate();
  co_return true;
}

Task<> ServedConnection::run() {
  std::unique_ptr<ServedConnection> self(this);
  auto& server = server_;
  bool go_on = true;
  if (entrance_.proxy_protocol) go_on = co_await introduce();
  if (go_on && entrance_.tls) go_on = co_await shake_hands();
  if (go_on && stream_->tls() != nullptr && stream_->tls()->protocol() == "h2") {
    co_await serve_http2();
    go_on = false;
  }
  while (go_on) {
    while (http1_.nothing_yet()) co_await stream_->arrival();
    auto request = co_await http1_.read_head();
    if (request) {
      co_await server_.handler().handle(http1_, **request, info_);
      go_on = co_await http1_.finish() && !server_.ends_idle();
      continue;
    }
    go_on = false;
    // RFC 9113 §3.3: prior knowledge. Its preface is still in the input.
    if (request.error().code == Code::http2_not_spoken && info_.http2 && !info_.tls && http1_.fresh())
      co_await serve_http2();
    else
      co_await refuse(request.error());
  }
  self.reset();
  server.ended();
}

Task<> ServedConnection::refuse(net::Failure failure) {
  const auto code = failure.code;
  // Nothing was asked: nothing is answered.
  const bool silent = code == Code::closed || code == Code::reset || code == Code::cancelled || code == Code::truncated ||
                      code == Code::idle_timeout || code == Code::tls || (code == Code::header_timeout && http1_.idle());
  if (silent) co_return;
  co_await server_.handler().refuse(http1_, http1_.request(), info_, failure);
  co_await http1_.linger();
}

Task<> ServedConnection::serve_http2() {
  stream_->no_deadline();
  http2_ = std::make_unique<h2::ServerConnection>(*stream_, server_, info_);
  auto& connection = *http2_;
  server_.count().connections += 1;
  if (server_.draining()) connection.drain();
  while (connection.open()) {
    while (connection.nothing_yet()) co_await stream_->arrival();
    connection.take_input();
  }
  co_await connection.finished();
}

void Server::drain(Idle idle) {
  draining_ = true;
  idle_ = idle;
  for (auto at = list_->begin(); at != list_->end();) {
    auto& served = *at++;
    served.drain();
  }
}

void Server::stop() {
  draining_ = true;
  for (auto at = list_->begin(); at != list_->end();) (at++)->reset();
}

}  // namespace gw::http
