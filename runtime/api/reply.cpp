#include "runtime/api/reply.hpp"

namespace runtime::api {

namespace json = boost::json;
namespace http = gw::http;
using state::Kind;
using state::Trouble;

gw::net::Task<std::string> read_all(Exchange& exchange, const http::RequestHead& request) {
  constexpr std::size_t limit = 4 << 20;
  std::string body;
  bool more = request.body.expected();
  while (more) {
    auto piece = co_await exchange.read_body();
    if (!piece) throw Trouble(Kind::bad_input, "the request broke off");
    body.append(piece->data.data(), piece->data.size());
    if (body.size() > limit) throw Trouble(Kind::bad_input, "the request is longer than 4 MiB");
    more = !piece->last;
  }
  co_return body;
}

json::object parse_object(std::string_view body) {
  if (body.empty()) return {};
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  // The text itself may hold a secret: it is not repeated.
  if (error || !value.is_object()) throw Trouble(Kind::bad_input, "the body must be a JSON object");
  return value.as_object();
}

unsigned status_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::bad_input:
      return 400;
    case Kind::forbidden:
      return 403;
    case Kind::not_found:
      return 404;
    case Kind::bad_method:
      return 405;
    case Kind::conflict:
      return 409;
    case Kind::unavailable:
      return 503;
    case Kind::internal:
      return 500;
  }
  return 500;
}

json::object problem_of(const Trouble& trouble) {
  return {{"type", "about:blank"},
          {"status", status_of(trouble.kind())},
          {"title", trouble.what()},
          {"next", trouble.next()},
          {"where", trouble.where()}};
}

namespace {

gw::net::Task<> send(Exchange& exchange, unsigned status, std::string_view type, std::string body, std::string_view allowed) {
  body += '\n';
  http::ResponseHead head;
  head.status = static_cast<std::uint16_t>(status);
  head.fields.add("content-type", type);
  head.fields.add("cache-control", "no-store");
  if (!allowed.empty()) head.fields.add("allow", allowed);
  head.body = http::BodySize::of(body.size());
  co_await exchange.write_head(head, http::Chunk{{body.data(), body.size()}, true, nullptr});
}

}  // namespace

gw::net::Task<> send_json(Exchange& exchange, unsigned status, const json::value& body) {
  co_await send(exchange, status, "application/json", json::serialize(body), {});
}

gw::net::Task<> send_trouble(Exchange& exchange, const Trouble& trouble, std::string_view allowed) {
  co_await send(exchange, status_of(trouble.kind()), "application/problem+json", json::serialize(problem_of(trouble)), allowed);
}

gw::net::Task<bool> LineStream::begin(std::string_view content_type) {
  http::ResponseHead head;
  head.status = 200;
  head.fields.add("content-type", content_type);
  head.fields.add("cache-control", "no-store");
  head.body = http::BodySize::unknown();
  auto sent = co_await exchange_.write_head(head, http::Chunk{});
  co_return sent.has_value();
}

gw::net::Task<bool> LineStream::send(std::string_view bytes) {
  if (bytes.empty()) co_return true;
  auto sent = co_await exchange_.write_body(http::Chunk{{bytes.data(), bytes.size()}, false, nullptr});
  co_return sent.has_value();
}

gw::net::Task<> LineStream::end() { co_await exchange_.write_body(http::Chunk{{}, true, nullptr}); }

}  // namespace runtime::api
