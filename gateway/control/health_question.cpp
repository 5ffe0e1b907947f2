#include "gateway/control/health_question.hpp"

#include "gateway/control/grpc_health.hpp"
#include "gateway/http/client.hpp"

namespace gw::control {
namespace {

using http::UpstreamSide;
using net::Task;

constexpr std::string_view agent = "spaceport-health/1";
// Of an answer to a gRPC call; a status takes seven bytes.
constexpr std::size_t longest_answer = 4096;

/// An answer that comes a little at a time must not take for ever either.
class Patience final : private net::Deadline {
 public:
  Patience(net::Worker& worker, UpstreamSide& exchange, net::Duration timeout)
      : net::Deadline(worker.deadlines()), exchange_(exchange) {
    expires_in(timeout);
  }

 private:
  void expired() noexcept override { exchange_.abort(); }
  UpstreamSide& exchange_;
};

Task<net::Result<http::ResponseHead*>> final_head(UpstreamSide& exchange) {
  for (;;) {
    auto head = co_await exchange.read_head();
    if (!head || !(*head)->interim()) co_return head;
  }
}

// 200 to 399 is a good answer, as for haproxy; its body interests nobody.
Task<bool> ask_by_get(UpstreamSide& exchange, http::RequestHead& request, const std::string& path) {
  request.method = "GET";
  request.path = path;
  if (auto sent = co_await exchange.write_head(request, {}); !sent) co_return false;
  const auto head = co_await final_head(exchange);
  co_return head && (*head)->status < 400;
}

bool is_ok(const http::Fields& fields) noexcept { return fields.find("grpc-status") == "0"; }

// What is good is that it SERVES, and that the call was; a server that knows no such service, or no such method, says so with a
// status of gRPC, in an answer that is nothing but a head.
Task<bool> ask_by_grpc(UpstreamSide& exchange, http::RequestHead& request, const config::HealthCheck& rules) {
  request.method = "POST";
  request.path = grpc_health_check;
  request.fields.add(http::Name::content_type, "application/grpc");
  request.fields.add("grpc-timeout", std::to_string(rules.timeout.count()) + "m");
  request.trailers_welcome = true;
  request.body = http::BodySize::unknown();
  const auto question = grpc_health_question(*rules.grpc);
  if (auto sent = co_await exchange.write_head(request, {question, true, nullptr}); !sent) co_return false;
  const auto head = co_await final_head(exchange);
  if (!head || (*head)->status != 200) co_return false;
  std::string body;
  for (;;) {
    const auto piece = co_await exchange.read_body();
    if (!piece || body.size() + piece->data.size() > longest_answer) co_return false;
    body.append(piece->data.data(), piece->data.size());
    if (piece->last) co_return piece->trailers != nullptr&& is_ok(*piece->trailers) && grpc_health_is_serving(body);
  }
}

Task<bool> ask(net::Worker& worker, UpstreamSide& exchange, http::RequestHead& request, const config::HealthCheck& rules) {
  request.fields.add(http::Name::user_agent, agent);
  const Patience patience(worker, exchange, rules.timeout);
  if (rules.grpc) co_return co_await ask_by_grpc(exchange, request, rules);
  co_return co_await ask_by_get(exchange, request, rules.path);
}

}  // namespace

Task<bool> ask_health(net::Worker& worker, net::ContainerDialer* dialer, const net::Address& address, const std::string& text,
                      config::Protocol protocol, const config::HealthCheck& rules) {
  auto stream = co_await net::connect(worker, address, rules.timeout, dialer);
  if (!stream) co_return false;
  http::RequestHead request;
  request.authority = std::holds_alternative<net::TcpAddress>(address) ? text : "localhost";
  const http::ClientTimeouts timeouts{rules.timeout, rules.timeout};
  if (protocol == config::Protocol::http) {
    const auto connection = http::h1_client(std::move(*stream), timeouts);
    co_return co_await ask(worker, connection->exchange(), request, rules);
  }
  const auto connection = http::h2_client(std::move(*stream), rules.timeout);
  const auto lease = connection->exchange(timeouts);
  if (!lease) co_return false;
  const bool good = co_await ask(worker, lease->exchange(), request, rules);
  connection->part();
  co_return good;
}

}  // namespace gw::control
