#include "gateway/control/admin.hpp"

#include <boost/json.hpp>

#include "gateway/control/gateway.hpp"
#include "gateway/control/metrics_page.hpp"

namespace gw::control {
namespace {

using http::ClientSide;
using http::ConnectionInfo;
using http::RequestHead;
using net::Task;

// A site has a few routes; what is larger is not one.
constexpr std::size_t largest_body = 8 << 20;
constexpr std::string_view sites = "/v1/sites/";
constexpr std::string_view quiescing = "/quiesce";

struct Reply {
  // Constructors, because GCC 12 destroys the parts of an aggregate twice when it is built around a co_await.
  Reply(std::uint16_t code, boost::json::object text) : status(code), body(std::move(text)) {}
  std::uint16_t status;
  boost::json::object body;
};

Reply good(boost::json::object body) { return {200, std::move(body)}; }

Reply changed(const std::string& site, bool changed) { return good({{"site", site}, {"changed", changed}}); }

Reply problem(std::uint16_t status, std::string_view title, const std::vector<std::string>& details = {}) {
  Reply reply(status, {{"title", title}, {"status", status}});
  if (!details.empty()) reply.body["problems"] = boost::json::value_from(details);
  return reply;
}

Reply quiesced(const std::string& site, Gateway::Quiesced done) {
  if (done == Gateway::Quiesced::unknown) return problem(404, "There is no such site.");
  if (done == Gateway::Quiesced::not_ready) return problem(409, "The site is not ready, so it cannot fall asleep.");
  return good({{"site", site}, {"idle", done == Gateway::Quiesced::idle}});
}

Reply completed() { return good({{"complete", true}}); }

Reply rotated() { return good({{"rotated", true}}); }

/// `{"files": {"PATH": "CONTENT"}}`, or no body; nothing: it is something else.
std::optional<HandedFiles> handed_files(const std::string& body) {
  HandedFiles handed;
  if (body.empty()) return handed;
  boost::system::error_code error;
  const auto json = boost::json::parse(body, error);
  const auto* object = error ? nullptr : json.if_object();
  const auto* files = object != nullptr && object->size() == 1 ? object->if_contains("files") : nullptr;
  if (files == nullptr || !files->is_object()) return std::nullopt;
  for (const auto& [path, content] : files->get_object()) {
    if (!content.is_string()) return std::nullopt;
    handed[path] = content.get_string();
  }
  return handed;
}

Reply draining() { return {202, {{"draining", true}}}; }

Reply reloaded(const std::vector<std::string>& warnings) {
  return good({{"reloaded", true}, {"warnings", boost::json::value_from(warnings)}});
}

std::optional<std::string> unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size() || std::sscanf(std::string(text.substr(i + 1, 2)).c_str(), "%2x", &value) != 1)
      return std::nullopt;
    result += static_cast<char>(value);
    i += 2;
  }
  return result;
}

Task<net::Result<std::string>> read_all(ClientSide& client, const RequestHead& request) {
  std::string body;
  while (request.body.expected()) {
    const auto piece = co_await client.read_body();
    if (!piece) co_return piece.error();
    body.append(piece->data.data(), piece->data.size());
    if (body.size() > largest_body) co_return net::Failure{net::Code::body_too_large, net::Side::client, net::Retry::never};
    if (piece->last) break;
  }
  co_return body;
}

class Admin final : public http::Handler {
 public:
  explicit Admin(Gateway& gateway) : gateway_(gateway) {}

  Task<> handle(ClientSide& client, RequestHead& request, const ConnectionInfo&) override {
    const auto body = co_await read_all(client, request);
    if (!body) co_return co_await send(client, problem(413, net::explain(body.error().code)));
    if (request.path == "/v1/events" && request.method == "GET") co_return co_await gateway_.tell_events(client);
    if (asks_for_metrics(request)) co_return co_await send_metrics(gateway_, client, request);
    auto answer = co_await reply(request, *body);
    co_await send(client, std::move(answer));
  }

  Task<> refuse(ClientSide& client, const RequestHead&, const ConnectionInfo&, net::Failure failure) override {
    co_await send(client, problem(400, net::explain(failure.code)));
  }

 private:
  Task<Reply> reply(const RequestHead& request, const std::string& body) {
    if (request.path.starts_with(sites)) co_return co_await site(request, body);
    if (request.path == "/v1/status" && request.method == "GET") {
      auto status = co_await gateway_.status();
      co_return good(std::move(status));
    }
    if (request.path == "/v1/traffic" && request.method == "GET") {
      auto traffic = co_await gateway_.traffic();
      co_return good(std::move(traffic));
    }
    if (request.path == "/v1/complete" && request.method == "POST") {
      co_await gateway_.complete();
      co_return completed();
    }
    if (request.path == "/v1/reload" && request.method == "POST") co_return co_await reload(body);
    if (request.path == "/v1/tickets/rotate" && request.method == "POST") {
      co_await gateway_.rotate_tickets();
      co_return rotated();
    }
    if (request.path == "/v1/handover" && request.method == "POST") {
      gateway_.begin_drain(http::Server::Idle::answer);
      co_return draining();
    }
    if (request.path == "/v1/drain" && request.method == "POST") {
      gateway_.begin_drain();
      co_return draining();
    }
    co_return problem(404, "There is no such resource.");
  }

  Task<Reply> site(const RequestHead& request, const std::string& body) {
    auto written = std::string_view(request.path).substr(sites.size());
    const bool quiesce = request.method == "POST" && written.ends_with(quiescing);
    if (quiesce) written.remove_suffix(quiescing.size());
    const auto id = unescape(written);
    if (!id || !valid_site_id(*id)) co_return problem(400, "This is not the id of a site.");
    if (quiesce) {
      const auto done = co_await gateway_.quiesce(*id);
      co_return quiesced(*id, done);
    }
    if (request.method == "PUT") {
      const auto change = co_await gateway_.put_site(*id, body);
      if (!change.problems.empty())
        co_return problem(change.conflict ? 409 : 400, "The site was not changed.", change.problems);
      co_return changed(*id, change.changed);
    }
    if (request.method == "DELETE") {
      const auto change = co_await gateway_.erase_site(*id);
      if (!change.changed) co_return problem(404, "There is no such site.");
      co_return changed(*id, true);
    }
    co_return problem(405, "A site is PUT or DELETEd, or asked to quiesce.");
  }

  Task<Reply> reload(const std::string& body) {
    auto handed = handed_files(body);
    if (!handed) co_return problem(400, "A reload is told nothing, or {\"files\": {PATH: CONTENT}}.");
    const auto problems = co_await gateway_.reload(std::move(*handed));
    std::vector<std::string> lines;
    lines.reserve(problems.size());
    for (const auto& one : problems) lines.push_back(one.text());
    if (config::has_errors(problems)) co_return problem(400, "The file has errors; nothing was changed.", lines);
    co_return reloaded(lines);
  }

  static Task<> send(ClientSide& client, Reply reply) {
    const auto text = boost::json::serialize(reply.body) + "\n";
    http::ResponseHead head;
    head.status = reply.status;
    head.fields.add(http::Name::content_type, reply.status < 400 ? "application/json" : "application/problem+json");
    head.body = http::BodySize::of(text.size());
    if (auto ok = co_await client.write_head(head, {text, true, nullptr}); !ok) client.abort();
  }

  Gateway& gateway_;
};

}  // namespace

std::unique_ptr<http::Handler> make_admin(Gateway& gateway) { return std::make_unique<Admin>(gateway); }

}  // namespace gw::control
