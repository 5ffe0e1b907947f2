#include "gateway/control/metrics_page.hpp"

#include "gateway/control/exposition.hpp"
#include "gateway/control/gateway.hpp"

namespace gw::control {
namespace {

using http::ClientSide;
using net::Task;

Task<> send(ClientSide& client, std::uint16_t status, std::string_view type, std::string_view text, bool with_body) {
  http::ResponseHead head;
  head.status = status;
  head.fields.add(http::Name::content_type, type);
  head.body = with_body ? http::BodySize::of(text.size()) : http::BodySize::none();
  if (!with_body) text = {};
  if (auto ok = co_await client.write_head(head, {text, true, nullptr}); !ok) client.abort();
}

class MetricsPage final : public http::Handler {
 public:
  explicit MetricsPage(Gateway& gateway) : gateway_(gateway) {}

  Task<> handle(ClientSide& client, http::RequestHead& request, const http::ConnectionInfo&) override {
    if (asks_for_metrics(request)) co_return co_await send_metrics(gateway_, client, request);
    co_await send(client, 404, "text/plain; charset=utf-8", "Only GET /metrics is here.\n", request.method != "HEAD");
  }

  Task<> refuse(ClientSide& client, const http::RequestHead&, const http::ConnectionInfo&, net::Failure failure) override {
    const std::string text = std::string(net::explain(failure.code)) + "\n";
    co_await send(client, 400, "text/plain; charset=utf-8", text, true);
  }

 private:
  Gateway& gateway_;
};

}  // namespace

bool asks_for_metrics(const http::RequestHead& request) noexcept {
  return request.path == "/metrics" && (request.method == "GET" || request.method == "HEAD");
}

Task<> send_metrics(Gateway& gateway, ClientSide& client, const http::RequestHead& request) {
  const auto text = co_await gateway.metrics();
  co_await send(client, 200, Exposition::content_type, text, request.method != "HEAD");
}

std::unique_ptr<http::Handler> make_metrics_page(Gateway& gateway) { return std::make_unique<MetricsPage>(gateway); }

}  // namespace gw::control
