// How DockerEngine talks: connections, version, one call, one stream.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "gateway/net/connect.hpp"
#include "runtime/engine/docker_engine.hpp"
#include "runtime/engine/documents.hpp"

namespace runtime::engine {
namespace http = gw::http;
namespace net = gw::net;
namespace json = boost::json;
namespace {

constexpr std::pair<int, int> oldest_api{1, 40};
constexpr std::pair<int, int> our_api{1, 43};

std::pair<int, int> version_of(std::string_view text) {
  std::pair<int, int> out{0, 0};
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return out;
  std::from_chars(text.data(), text.data() + dot, out.first);
  std::from_chars(text.data() + dot + 1, text.data() + text.size(), out.second);
  return out;
}

http::RequestHead head_of(std::string method, std::string path, std::string query) {
  http::RequestHead head;
  head.method = std::move(method);
  head.authority = "docker";
  head.path = std::move(path);
  if (!query.empty()) head.query = "?" + std::move(query);
  return head;
}

// A machine that goes down without a word ends none of our connections, and some of them wait as long as it takes.
void notice_a_dead_peer(int socket) noexcept {
  constexpr int on = 1;
  constexpr int first_probe_after = 15;  // seconds of silence
  constexpr int then_every = 5;
  constexpr int probes = 3;
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &first_probe_after, sizeof first_probe_after);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &then_every, sizeof then_every);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

std::optional<net::Address> address_of(std::string_view endpoint) {
  if (endpoint.starts_with("unix://")) return net::UnixAddress{std::string(endpoint.substr(7))};
  if (endpoint.starts_with("unix:")) return net::UnixAddress{std::string(endpoint.substr(5))};
  if (endpoint.starts_with('/')) return net::UnixAddress{std::string(endpoint)};
  if (endpoint.starts_with("tcp://")) return net::parse_address(endpoint.substr(6));
  return std::nullopt;
}

std::string text_at(const json::value& document, std::string_view key) {
  const auto* object = document.if_object();
  const auto* found = object != nullptr ? object->if_contains(key) : nullptr;
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

std::unique_ptr<Engine> make_docker_engine(net::Worker& worker, std::string endpoint, std::chrono::milliseconds patience) {
  if (endpoint.empty()) endpoint = "unix:///var/run/docker.sock";
  return std::make_unique<DockerEngine>(worker, std::move(endpoint), patience);
}

DockerEngine::DockerEngine(net::Worker& worker, std::string endpoint, std::chrono::milliseconds patience)
    : worker_(worker), name_(std::move(endpoint)), address_(address_of(name_)), patience_(patience) {
  capabilities_.local = address_ && std::holds_alternative<net::UnixAddress>(*address_);
}

std::string DockerEngine::path(std::string_view endpoint) const { return prefix_ + std::string(endpoint); }

Error DockerEngine::unreachable(net::Failure failure) const {
  const std::string at = "no container engine answers at " + name_;
  if (failure.code == net::Code::refused || failure.code == net::Code::unreachable ||
      failure.code == net::Code::connect_timeout) {
    if (const auto* local = address_ ? std::get_if<net::UnixAddress>(&*address_) : nullptr;
        local != nullptr && ::access(local->path.c_str(), F_OK) == 0 && ::access(local->path.c_str(), W_OK) != 0)
      return {0, "permission to use the engine's socket " + local->path + " is denied",
              "run as root, or add your user to the group `docker` and log in again"};
    return {0, at,
            "install and start it (Debian: `apt install docker.io && systemctl start docker`), or name another with `engine:`"};
  }
  return {0, "the connection to the container engine at " + name_ + " broke: " + std::string(net::explain(failure.code)),
          "look whether the engine still runs: `docker info`"};
}

Answer<std::unique_ptr<http::ClientConnection>> DockerEngine::connect(http::ClientTimeouts silence) {
  if (!address_)
    co_return Error{0, "`" + name_ + "` is no address of an engine", "write unix:///path/of/docker.sock or tcp://HOST:PORT"};
  auto stream = co_await net::connect(worker_, *address_, std::chrono::seconds(5));
  if (!stream) co_return unreachable(stream.error());
  if (std::holds_alternative<net::TcpAddress>(*address_)) notice_a_dead_peer((*stream)->socket().descriptor());
  co_return http::h1_client(std::move(*stream), silence);
}

Answer<Version> DockerEngine::negotiate() {
  const http::ClientTimeouts silence{patience_, patience_};
  auto connection = co_await connect(silence);
  if (!connection) co_return connection.error();
  auto ping = co_await http::fetch(**connection, head_of("GET", "/_ping", {}), {});
  if (!ping) co_return unreachable(ping.error());
  if (ping->head.status != 200) co_return to_error(ping->head.status, ping->body);
  const auto stated = ping->head.fields.find("api-version");
  version_.server_api = stated ? std::string(*stated) : "1.24";
  const auto theirs = version_of(version_.server_api);
  if (theirs < oldest_api)
    co_return Error{0, "the engine at " + name_ + " is too old: it speaks API " + version_.server_api + ", 1.40 is needed",
                    "upgrade to docker 19.03 or newer"};
  const auto agreed = std::min(theirs, our_api);
  version_.api = std::to_string(agreed.first) + "." + std::to_string(agreed.second);
  prefix_ = "/v" + version_.api;
  auto details = co_await call("GET", "/version", {}, {}, patience_);
  if (!details) {
    prefix_.clear();
    co_return details.error();
  }
  version_.engine = text_at(*details, "Version");
  version_.podman = json::serialize(*details).find("Podman Engine") != std::string::npos;
  int major = 0;
  std::from_chars(version_.engine.data(), version_.engine.data() + version_.engine.size(), major);
  capabilities_.buildkit_session = !version_.podman;
  capabilities_.update = !version_.podman;
  capabilities_.device_requests = !version_.podman;
  capabilities_.icc = !version_.podman;
  capabilities_.bridge_at_once = !version_.podman;
  capabilities_.syntax_override = !version_.podman && major >= 23;
  co_return version_;
}

Answer<> DockerEngine::ensure_negotiated() {
  if (!prefix_.empty()) co_return Outcome<>{};
  auto version = co_await negotiate();
  if (!version) co_return version.error();
  co_return Outcome<>{};
}

Answer<json::value> DockerEngine::call(std::string method, std::string endpoint, std::string query, std::string body,
                                       std::chrono::milliseconds patience) {
  if (auto ready = co_await ensure_negotiated(); !ready) co_return ready.error();
  const http::ClientTimeouts silence{patience, patience};
  auto connection = co_await connect(silence);
  if (!connection) co_return connection.error();
  auto head = head_of(std::move(method), path(endpoint), std::move(query));
  if (!body.empty()) head.fields.add("content-type", "application/json");
  auto answer = co_await http::fetch(**connection, std::move(head), body);
  if (!answer) co_return unreachable(answer.error());
  const auto status = answer->head.status;
  // 304: it is so already (start of a running container, stop of one that does not run).
  if (status == 304) co_return json::value();
  if (status < 200 || status >= 300) co_return to_error(status, answer->body);
  if (answer->body.empty()) co_return json::value();
  boost::system::error_code bad;
  auto document = json::parse(answer->body, bad);
  if (bad) co_return json::value();
  co_return document;
}

Answer<json::value> DockerEngine::get(std::string endpoint, std::string query) {
  return call("GET", std::move(endpoint), std::move(query), {}, std::chrono::seconds(60));
}

Answer<> DockerEngine::post(std::string endpoint, std::string query, std::string body, std::chrono::seconds patience) {
  auto answer = co_await call("POST", std::move(endpoint), std::move(query), std::move(body), patience);
  if (!answer) co_return answer.error();
  co_return Outcome<>{};
}

Answer<> DockerEngine::erase(std::string endpoint, std::string query) {
  auto answer = co_await call("DELETE", std::move(endpoint), std::move(query), {}, std::chrono::seconds(120));
  if (!answer && !answer.error().not_found()) co_return answer.error();
  co_return Outcome<>{};
}

Answer<> DockerEngine::stream(std::string endpoint, std::string query, std::function<bool(std::string_view)> sink,
                              Canceller* canceller) {
  if (auto ready = co_await ensure_negotiated(); !ready) co_return ready.error();
  auto connection = co_await connect(any_silence);
  if (!connection) co_return connection.error();
  if (canceller != nullptr && canceller->aborted()) co_return Outcome<>{};
  auto& exchange = (*connection)->exchange();
  // Disarmed before the connection goes, whichever way this coroutine ends.
  struct Disarm {
    Canceller* canceller;
    ~Disarm() {
      if (canceller != nullptr) canceller->arm({});
    }
  } disarm{canceller};
  if (canceller != nullptr) canceller->arm([&exchange] { exchange.abort(); });
  const auto stopped = [canceller] { return canceller != nullptr && canceller->aborted(); };
  const auto request = head_of("GET", path(endpoint), std::move(query));
  if (auto sent = co_await exchange.write_head(request, http::Chunk{}); !sent) co_return unreachable(sent.error());
  auto head = co_await exchange.read_head();
  if (!head) {
    if (stopped()) co_return Outcome<>{};
    co_return unreachable(head.error());
  }
  const int status = (*head)->status;
  const bool body = (*head)->body.expected();
  std::string refusal;
  for (bool more = body; more;) {
    auto piece = co_await exchange.read_body();
    if (!piece) {
      if (stopped()) co_return Outcome<>{};
      co_return unreachable(piece.error());
    }
    const std::string_view data(piece->data.data(), piece->data.size());
    more = !piece->last;
    if (status != 200)
      refusal.append(data);
    else if (!data.empty() && !sink(data))
      break;
    if (stopped()) co_return Outcome<>{};
  }
  if (status != 200) co_return to_error(status, refusal);
  co_return Outcome<>{};
}

}  // namespace runtime::engine
