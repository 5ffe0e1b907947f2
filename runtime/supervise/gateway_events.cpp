#include "runtime/supervise/gateway_events.hpp"

#include <boost/json.hpp>

#include "gateway/net/connect.hpp"

namespace runtime::supervise {

namespace net = gw::net;
namespace http = gw::http;

namespace {

// The gateway says that it is alive every 10 seconds.
constexpr net::Duration longest_silence{30'000};
constexpr net::Duration patience{2'000};
// No event is longer; what is, is no event.
constexpr std::size_t longest_line = 64 << 10;

}  // namespace

std::optional<GatewayEvent> to_gateway_event(std::string_view line) {
  boost::system::error_code bad;
  const auto document = boost::json::parse(line, bad);
  const auto* object = bad ? nullptr : document.if_object();
  const auto* name = object == nullptr ? nullptr : object->if_contains("event");
  if (name == nullptr || !name->is_string()) return std::nullopt;
  GatewayEvent event;
  event.name = name->get_string();
  if (const auto* site = object->if_contains("site"); site != nullptr && site->is_string()) event.site = site->get_string();
  if (const auto* idle = object->if_contains("idle_seconds"); idle != nullptr && idle->is_int64())
    event.idle_seconds = static_cast<long>(idle->get_int64());
  return event;
}

net::Task<> GatewayEvents::follow(const Sink& sink) {
  const net::Address address = net::UnixAddress{socket_};
  auto stream = co_await net::connect(worker_, address, patience);
  if (!stream) co_return;
  const auto connection = http::h1_client(std::move(*stream), {patience, longest_silence});
  connection_ = connection.get();
  auto& exchange = connection->exchange();
  http::RequestHead head;
  head.method = "GET";
  head.authority = "gateway";
  head.path = "/v1/events";
  head.body = http::BodySize::none();
  const http::Chunk nothing{{}, true, nullptr};
  bool open = false;
  if (const auto sent = co_await exchange.write_head(head, nothing); sent) {
    const auto answer = co_await exchange.read_head();
    open = answer && (*answer)->status == 200;
  }
  for (std::string held; open;) {
    const auto piece = co_await exchange.read_body();
    if (!piece) break;
    held.append(piece->data.data(), piece->data.size());
    for (std::size_t end; (end = held.find('\n')) != std::string::npos; held.erase(0, end + 1))
      if (const auto event = to_gateway_event(std::string_view(held).substr(0, end))) sink(*event);
    open = !piece->last && held.size() <= longest_line;
  }
  connection_ = nullptr;
}

void GatewayEvents::again() noexcept {
  if (connection_ != nullptr) connection_->exchange().abort();
}

}  // namespace runtime::supervise
