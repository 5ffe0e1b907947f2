#include "loadtest/command/scrape.hpp"

#include <fmt/format.h>

#include <optional>
#include <thread>

#include "gateway/http/server.hpp"
#include "gateway/net/address.hpp"
#include "gateway/net/listener.hpp"
#include "loadtest/command/mistake.hpp"

namespace loadtest::command {

namespace http = gw::http;
namespace net = gw::net;
using net::Task;

namespace {

/// The same text for everybody. On its worker's thread only.
class Page final : public http::Handler {
 public:
  Page() : text_(std::make_shared<const std::string>()) {}

  void show(std::shared_ptr<const std::string> text) noexcept { text_ = std::move(text); }

  Task<> handle(http::ClientSide& exchange, http::RequestHead& request, const http::ConnectionInfo&) override {
    const bool reads = request.method == "GET" || request.method == "HEAD";
    const auto text = text_;  // another may come while it is sent
    co_await answer(exchange, reads ? 200 : 405, reads ? std::string_view(*text) : "only GET and HEAD\n",
                    request.method == "HEAD");
  }
  Task<> refuse(http::ClientSide& exchange, const http::RequestHead& request, const http::ConnectionInfo&,
                net::Failure failure) override {
    const auto why = net::explain(failure.code);
    co_await answer(exchange, 400, why, request.method == "HEAD");
  }

 private:
  static Task<> answer(http::ClientSide& exchange, std::uint16_t status, std::string_view text, bool head_only) {
    http::ResponseHead head;
    head.status = status;
    head.fields.add("content-type", "text/plain; version=0.0.4; charset=utf-8");
    head.length_stated = head_only;
    head.stated_length = text.size();
    head.body = head_only ? http::BodySize::none() : http::BodySize::of(text.size());
    const http::Chunk all{head_only ? std::string_view{} : text, true, nullptr};
    co_await exchange.write_head(head, all);
  }

  std::shared_ptr<const std::string> text_;
};

net::TcpAddress address_of(const std::string& text) {
  // Port 0, which is no address of anybody, is read as another would be.
  const bool any_port = text.ends_with(":0");
  auto address = net::parse_address(any_port ? text.substr(0, text.size() - 1) + "1" : text);
  auto* tcp = address ? std::get_if<net::TcpAddress>(&*address) : nullptr;
  if (tcp == nullptr) throw Mistake(fmt::format("--prometheus-listen {}: must be HOST:PORT", text));
  if (any_port) tcp->port = 0;
  return std::move(*tcp);
}

}  // namespace

class Scrape::Inside {
 public:
  explicit Inside(const std::string& text) : server_(worker_, page_), place_(address_of(text)) {
    const auto listening = net::listen_tcp(place_.host, place_.port, false);
    if (listening.descriptor < 0) throw Mistake(fmt::format("--prometheus-listen {}: {}", text, listening.problem));
    place_.port = net::local_address(listening.descriptor).port;
    listener_.emplace(worker_, listening.descriptor, [this](std::unique_ptr<net::Stream> stream, const net::PeerAddress& peer) {
      http::ConnectionInfo info;
      info.peer = peer.host;
      server_.accept(std::move(stream), std::move(info), {});
    });
    thread_ = std::thread([this] { worker_.run(); });
  }
  ~Inside() {
    worker_.post([this] {
      listener_.reset();
      server_.stop();
      worker_.stop();
    });
    thread_.join();
    while (server_.connections() != 0) worker_.run_ready();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  void show(std::string text) {
    worker_.post([this, shared = std::make_shared<const std::string>(std::move(text))] { page_.show(shared); });
  }
  std::string url() const { return fmt::format("http://{}/metrics", net::to_string(place_)); }

 private:
  Page page_;
  net::Worker worker_{net::Worker::Sleeps::in_poller};
  http::Server server_;
  net::TcpAddress place_;
  std::optional<net::Listener> listener_;
  std::thread thread_;
};

Scrape::Scrape(const std::string& address) : inside_(address.empty() ? nullptr : std::make_unique<Inside>(address)) {}
Scrape::~Scrape() = default;

void Scrape::show(std::string text) {
  if (inside_) inside_->show(std::move(text));
}

std::string Scrape::url() const { return inside_ ? inside_->url() : std::string{}; }

}  // namespace loadtest::command
