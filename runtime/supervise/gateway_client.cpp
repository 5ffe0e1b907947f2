#include "runtime/supervise/gateway_client.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <filesystem>
#include <vector>

#include "gateway/http/client.hpp"
#include "gateway/net/connect.hpp"
#include "runtime/supervise/site.hpp"

namespace runtime::supervise {

namespace net = gw::net;
namespace http = gw::http;

namespace {

template <class Number>
Number number(const boost::json::object& of, const char* key) {
  const auto* found = of.if_contains(key);
  boost::system::error_code bad;
  const auto value = found == nullptr ? Number{} : found->to_number<Number>(bad);
  return bad ? Number{} : value;
}

// `{"sites": [{"id": "owner/name", "requests": 3, …}]}`; a gateway that does not know the question says something else.
std::map<std::string, SiteTraffic> to_traffic(std::string_view text) {
  std::map<std::string, SiteTraffic> all;
  boost::system::error_code bad;
  const auto said = boost::json::parse(text, bad);
  const auto* sites = bad || !said.is_object() ? nullptr : said.as_object().if_contains("sites");
  if (sites == nullptr || !sites->is_array()) return all;
  for (const auto& site : sites->get_array()) {
    const auto* object = site.if_object();
    const auto* id = object == nullptr ? nullptr : object->if_contains("id");
    if (id == nullptr || !id->is_string()) continue;
    auto& one = all[std::string(id->get_string())];
    one.requests = number<std::uint64_t>(*object, "requests");
    one.failures = number<std::uint64_t>(*object, "failures");
    one.in_flight = number<std::uint64_t>(*object, "in_flight");
    one.held = number<std::uint64_t>(*object, "held");
    one.idle_seconds = number<std::int64_t>(*object, "idle_seconds");
    one.p50_ms = number<double>(*object, "p50_ms");
    one.p99_ms = number<double>(*object, "p99_ms");
  }
  return all;
}

}  // namespace

net::Task<GatewayClient::Outcome> GatewayClient::send(std::string socket, std::string method, std::string path,
                                                      std::string body) {
  constexpr net::Duration patience{2'000};
  // A named value: GCC 12 destroys an aggregate temporary of a co_await expression twice.
  const net::Address address = net::UnixAddress{socket};
  auto stream = co_await net::connect(worker_, address, patience);
  if (!stream) co_return Outcome(false, fmt::format("the gateway does not answer on {}", socket));
  auto connection = http::h1_client(std::move(*stream), {patience, patience});
  http::RequestHead head;
  head.method = std::move(method);
  head.authority = "gateway";
  head.path = std::move(path);
  if (!body.empty()) head.fields.add("content-type", "application/json");
  auto answer = co_await http::fetch(*connection, std::move(head), body);
  if (!answer) co_return Outcome(false, fmt::format("the gateway does not answer: {}", net::explain(answer.error().code)));
  const bool refused = answer->head.status >= 300;
  co_return Outcome(true, refused ? fmt::format("the gateway refuses: {} {}", answer->head.status, answer->body) : "",
                    std::move(answer->body));
}

// Two of us may be saying something of one site at once, and nobody knows whose word arrives last: whoever finds afterwards
// that his was not the newest says the newest too.
net::Task<GatewayClient::Outcome> GatewayClient::say_to(std::string socket, std::string id) {
  const std::string path = site_path(id);
  for (;;) {
    const auto known = sites_.find(id);
    const std::string word = known == sites_.end() ? std::string() : known->second;
    Outcome outcome = co_await send(socket, word.empty() ? "DELETE" : "PUT", path, word);
    const auto now = sites_.find(id);
    const bool newest = now == sites_.end() ? word.empty() : word == now->second;
    if (newest || !outcome.answered) co_return outcome;
  }
}

// While one gateway follows another, both hear it; and whoever spoke to the one before while it was replaced says it again.
net::Task<GatewayClient::Outcome> GatewayClient::say(std::string id) {
  for (;;) {
    const auto generation = generation_;
    Outcome outcome = co_await say_to(socket_, id);
    if (!successor_.empty()) co_await say_to(successor_, id);
    if (!predecessor_.empty()) co_await say_to_predecessor(id);
    if (generation == generation_) co_return outcome;
  }
}

// Who waited there for a Space to wake waits there still.
net::Task<> GatewayClient::say_to_predecessor(std::string id) {
  const std::string socket = predecessor_;
  const Outcome outcome = co_await say_to(socket, std::move(id));
  if (outcome.answered || socket != predecessor_) co_return;
  predecessor_.clear();
  std::error_code none;
  std::filesystem::remove(socket, none);
}

net::Task<std::string> GatewayClient::put(std::string id, std::string json) {
  remember(id, std::move(json));
  const Outcome outcome = co_await say(std::move(id));
  co_return outcome.problem;
}

net::Task<> GatewayClient::erase(std::string id) {
  sites_.erase(id);
  co_await say(std::move(id));
}

net::Task<GatewayClient::Quiesced> GatewayClient::quiesce(std::string id) {
  const Outcome outcome = co_await send(socket_, "POST", site_path(id) + "/quiesce", {});
  if (!outcome.problem.empty()) co_return Quiesced::unknown;
  boost::system::error_code error;
  const auto said = boost::json::parse(outcome.body, error);
  const auto* idle = error || !said.is_object() ? nullptr : said.as_object().if_contains("idle");
  if (idle == nullptr || !idle->is_bool()) co_return Quiesced::unknown;
  co_return idle->as_bool() ? Quiesced::yes : Quiesced::no;
}

net::Task<std::map<std::string, SiteTraffic>> GatewayClient::traffic() {
  const Outcome outcome = co_await send(socket_, "GET", "/v1/traffic", {});
  co_return to_traffic(outcome.body);
}

net::Task<std::string> GatewayClient::reload(std::string json) {
  const Outcome outcome = co_await send(socket_, "POST", "/v1/reload", std::move(json));
  co_return outcome.problem;
}

net::Task<bool> GatewayClient::send_all() { return send_all_to(socket_); }

net::Task<bool> GatewayClient::send_all_to(std::string socket) {
  std::vector<std::string> ids;
  for (const auto& [id, json] : sites_) ids.push_back(id);
  for (const auto& id : ids) {
    const Outcome outcome = co_await say_to(socket, id);
    if (!outcome.answered) co_return false;
    if (!outcome.problem.empty() && sites_.contains(id)) spdlog::warn("{}: {}", id, outcome.problem);
  }
  const Outcome outcome = co_await send(socket, "POST", "/v1/complete", {});
  co_return outcome.problem.empty();
}

net::Task<bool> GatewayClient::feed_successor(std::string socket) {
  successor_ = socket;
  ++generation_;
  return send_all_to(std::move(socket));
}

net::Task<> GatewayClient::hand_over(std::string socket) {
  const Outcome handed = co_await send(socket, "POST", "/v1/handover", {});
  // One that is too old to know the word.
  if (!handed.problem.empty()) co_await send(socket, "POST", "/v1/drain", {});
  predecessor_ = std::move(socket);
}

void GatewayClient::succeeded() noexcept {
  successor_.clear();
  ++generation_;
  if (told_) told_();
}

}  // namespace runtime::supervise
