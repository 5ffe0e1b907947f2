#include "runtime/supervise/gateway_client.hpp"

#include <fmt/format.h>

#include "gateway/http/client.hpp"
#include "gateway/net/connect.hpp"
#include "runtime/supervise/site.hpp"

namespace runtime::supervise {

namespace net = gw::net;
namespace http = gw::http;

net::Task<std::string> GatewayClient::send(std::string method, std::string path, std::string body) {
  constexpr net::Duration patience{2'000};
  // A named value: GCC 12 destroys an aggregate temporary of a co_await expression twice.
  const net::Address address = net::UnixAddress{socket_};
  auto stream = co_await net::connect(worker_, address, patience);
  if (!stream) co_return fmt::format("the gateway does not answer on {}", socket_);
  auto connection = http::h1_client(std::move(*stream), {patience, patience});
  http::RequestHead head;
  head.method = std::move(method);
  head.authority = "gateway";
  head.path = std::move(path);
  if (!body.empty()) head.fields.add("content-type", "application/json");
  auto answer = co_await http::fetch(*connection, std::move(head), body);
  if (!answer) co_return fmt::format("the gateway does not answer: {}", net::explain(answer.error().code));
  if (answer->head.status >= 300) co_return fmt::format("the gateway refuses: {} {}", answer->head.status, answer->body);
  co_return std::string();
}

net::Task<std::string> GatewayClient::put(std::string id, std::string json) {
  sites_[id] = json;
  co_return co_await send("PUT", site_path(id), std::move(json));
}

net::Task<> GatewayClient::erase(std::string id) {
  sites_.erase(id);
  co_await send("DELETE", site_path(id), {});
}

net::Task<bool> GatewayClient::send_all() {
  if (!co_await alive()) co_return false;
  const auto sites = sites_;
  for (const auto& [id, json] : sites) co_await send("PUT", site_path(id), json);
  co_return true;
}

net::Task<bool> GatewayClient::alive() { co_return (co_await send("GET", "/v1/status", {})).empty(); }

}  // namespace runtime::supervise
