#include "runtime/build/session.hpp"

#include <sodium.h>

#include "runtime/build/protobuf.hpp"

namespace runtime::build {
namespace http = gw::http;
namespace net = gw::net;
namespace {

// Codes of gRPC that we answer with.
constexpr int not_found = 5;
constexpr int invalid_argument = 3;
constexpr int unimplemented = 12;

constexpr std::string_view health = "/grpc.health.v1.Health/Check";
constexpr std::string_view get_secret = "/moby.buildkit.secrets.v1.Secrets/GetSecret";
constexpr std::string_view credentials = "/moby.filesync.v1.Auth/Credentials";

std::string first_text(std::string_view message) {
  ProtobufReader reader(message);
  while (const auto field = reader.next())
    if (field->number == 1) return std::string(field->bytes);
  return {};
}

GrpcReply registry_reply(const SessionServices& services, const std::string& host) {
  // The hub is asked for by a name that nobody configures it by.
  auto at = services.registries.find(host);
  if (at == services.registries.end() && (host == "registry-1.docker.io" || host == "index.docker.io"))
    at = services.registries.find("docker.io");
  GrpcReply reply;
  // An empty answer is anonymous.
  if (at == services.registries.end() || !at->second.trouble.empty()) return reply;
  put_bytes(reply.message, 1, at->second.username);
  put_bytes(reply.message, 2, at->second.password);
  return reply;
}

/// The message of a gRPC body: one frame, uncompressed.
std::optional<std::string_view> unframe(std::string_view body) {
  if (body.size() < 5 || body[0] != 0) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 1; i < 5; ++i) size = size << 8 | static_cast<unsigned char>(body[i]);
  if (size != body.size() - 5) return std::nullopt;
  return body.substr(5);
}

std::string frame(std::string_view message) {
  std::string out(5, '\0');
  for (unsigned i = 0; i < 4; ++i) out[4 - i] = static_cast<char>(message.size() >> (8 * i) & 0xff);
  return out.append(message);
}

}  // namespace

SessionServices::~SessionServices() {
  for (auto& [id, value] : secrets) sodium_memzero(value.data(), value.size());
  for (auto& [host, one] : registries) sodium_memzero(one.password.data(), one.password.size());
}

GrpcReply answer_call(const SessionServices& services, std::string_view method, std::string_view request) {
  GrpcReply reply;
  if (method == health) {
    put_varint(reply.message, 1, 1);  // SERVING
    return reply;
  }
  if (method == get_secret) {
    const auto id = first_text(request);
    const auto at = services.secrets.find(id);
    if (at == services.secrets.end()) return {not_found, "secret " + id + " not found"};
    put_bytes(reply.message, 1, at->second);
    return reply;
  }
  if (method == credentials) return registry_reply(services, first_text(request));
  // What gRPC answers for a method that a server does not have: BuildKit asks for ours by trying, and goes on without it.
  return {unimplemented, "no such method in this session"};
}

net::Task<> SessionHandler::handle(http::ClientSide& exchange, http::RequestHead& request, const http::ConnectionInfo&) {
  constexpr std::size_t largest_request = 64 * 1024;
  std::string body;
  for (bool more = request.body.expected(); more;) {
    auto piece = co_await exchange.read_body();
    if (!piece) co_return;
    body.append(piece->data.data(), piece->data.size());
    more = !piece->last;
    if (body.size() > largest_request) co_return exchange.abort();
  }
  const auto message = unframe(body);
  auto reply = message ? answer_call(services_, request.path, *message) : GrpcReply{invalid_argument, "bad message"};
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("content-type", "application/grpc");
  if (reply.status != 0) {
    head.fields.add("grpc-status", std::to_string(reply.status));
    head.fields.add("grpc-message", reply.message);
    head.body = http::BodySize::none();
    (void)co_await exchange.write_head(head, http::Chunk{});
    co_return;
  }
  head.body = http::BodySize::unknown();
  auto bytes = frame(reply.message);
  http::Fields trailers;
  trailers.add("grpc-status", "0");
  const http::Chunk all{{bytes.data(), bytes.size()}, true, &trailers};
  (void)co_await exchange.write_head(head, all);
  sodium_memzero(bytes.data(), bytes.size());
  sodium_memzero(reply.message.data(), reply.message.size());
}

net::Task<> SessionHandler::refuse(http::ClientSide& exchange, const http::RequestHead&, const http::ConnectionInfo&,
                                   net::Failure) {
  exchange.abort();
  co_return;
}

engine::Answer<std::unique_ptr<net::Stream>> open_session(engine::Engine& engine, std::string id) {
  const engine::Error broken{0, "the engine did not open a build session",
                             "look into the engine's log: `journalctl -u docker`"};
  const http::ClientTimeouts silence{std::chrono::seconds(30), net::Duration(0)};
  auto connection = co_await engine.connect(silence);
  if (!connection) co_return connection.error();
  http::RequestHead head;
  head.method = "POST";
  head.authority = "docker";
  head.path = "/session";
  head.tunnel = http::Tunnel::upgrade;
  head.protocol = "h2c";
  head.fields.add("x-docker-expose-session-uuid", id);
  head.fields.add("x-docker-expose-session-name", "spaceport");
  head.fields.add("x-docker-expose-session-sharedkey", "");
  for (const auto method : {health, get_secret, credentials}) head.fields.add("x-docker-expose-session-grpc-method", method);
  auto& exchange = (*connection)->exchange();
  if (auto sent = co_await exchange.write_head(head, http::Chunk{}); !sent) co_return broken;
  auto answer = co_await exchange.read_head();
  if (!answer || (*answer)->tunnel == http::Tunnel::none) co_return broken;
  auto stream = (*connection)->take_stream();
  if (!stream) co_return broken;
  stream->no_deadline();
  co_return stream;
}

}  // namespace runtime::build
