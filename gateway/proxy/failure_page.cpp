#include "gateway/proxy/failure_page.hpp"

#include <charconv>

#include "gateway/http/characters.hpp"
#include "gateway/http/status.hpp"
#include "gateway/proxy/failure_text.hpp"
#include "gateway/proxy/index_page.hpp"
#include "gateway/proxy/json_text.hpp"
#include "gateway/proxy/manners.hpp"
#include "gateway/proxy/page_style.hpp"

namespace gw::proxy {

namespace {

using http::Name;

std::string decimal(unsigned number) {
  char digits[12];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return {digits, end};
}

void append_html(std::string& out, std::string_view text) {
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
}

std::string html(const FailureText& text, std::uint16_t status, std::string_view code, std::string_view request_id) {
  std::string page(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">");
  if (text.refresh_s != 0) page.append("<meta http-equiv=\"refresh\" content=\"").append(decimal(text.refresh_s)).append("\">");
  page += "<title>";
  append_html(page, text.headline);
  page.append("</title>").append(page_style).append("</head><body><main><h1>");
  append_html(page, text.headline);
  page += "</h1><p>";
  append_html(page, text.detail);
  page += "</p>";
  if (text.refresh_s != 0) page += "<p>This page reloads itself.</p>";
  page.append("<small>").append(decimal(status)).append(" &middot; ").append(code).append(" &middot; ");
  append_html(page, request_id);
  page += "</small></main></body></html>\n";
  return page;
}

/// RFC 9457.
std::string problem_json(const FailureText& text, std::uint16_t status, std::string_view code, std::string_view request_id) {
  std::string json("{\"type\":\"about:blank\",\"title\":\"");
  append_json_utf8(json, http::reason_phrase(status));
  json.append("\",\"status\":").append(decimal(status)).append(",\"detail\":\"");
  append_json_utf8(json, text.detail);
  json += "\",\"instance\":\"";
  append_json_utf8(json, request_id);
  json.append("\",\"code\":\"").append(code).append("\"}\n");
  return json;
}

bool is_grpc(std::string_view content_type) noexcept {
  constexpr std::string_view grpc = "application/grpc";
  if (!http::equals_ignoring_case(content_type.substr(0, grpc.size()), grpc)) return false;
  return content_type.size() == grpc.size() || content_type[grpc.size()] == '+' || content_type[grpc.size()] == ';';
}

/// The fields of every answer of our own. The site's go first: they must not replace what makes the answer readable.
void add_fields(http::ResponseHead& head, std::string_view code, const FailureText& text, const Asker& asker) {
  if (asker.site)
    for (const auto& [name, value] : asker.site->response_fields) head.fields.add(name, value);
  head.fields.erase("x-gateway-error");
  head.fields.add("x-gateway-error", code);
  head.fields.set(Name::cache_control, "no-store");
  if (!asker.request_id.empty()) head.fields.set(Name::x_request_id, asker.request_id);
  if (text.retry_after_s != 0) head.fields.set(Name::retry_after, decimal(text.retry_after_s));
}

void set_body(FailureAnswer& answer, std::string_view type, std::string body, bool head_request) {
  answer.head.fields.set(Name::content_type, type);
  answer.head.stated_length = body.size();
  answer.head.length_stated = true;
  if (head_request) return;
  answer.head.body = http::BodySize::of(body.size());
  answer.body = std::move(body);
}

/// Trailers-only: to a gRPC client every HTTP answer but 200 is an unknown error.
void set_grpc(FailureAnswer& answer, const FailureText& text) {
  answer.head.fields.set(Name::content_type, "application/grpc");
  answer.head.fields.add("grpc-status", decimal(grpc_status(answer.head.status)));
  std::string message;
  for (const char c : text.detail) message += c >= ' ' && c < 0x7F && c != '%' ? c : '?';
  answer.head.fields.add("grpc-message", message);
  answer.head.status = 200;
  answer.head.body = http::BodySize::of(0);
}

Asker asker_of(const http::RequestHead& request, std::string_view request_id, const Site* site) {
  Asker asker;
  asker.accept = request.fields.find(Name::accept).value_or("");
  asker.sec_fetch_mode = request.fields.find(Name::sec_fetch_mode).value_or("");
  asker.content_type = request.fields.find(Name::content_type).value_or("");
  asker.request_id = request_id;
  asker.site = site;
  asker.head_request = request.method == "HEAD";
  return asker;
}

constexpr std::string_view methods_served = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace

FailureAnswer failure_page(net::Failure failure, const Asker& asker) {
  FailureAnswer answer;
  answer.head.status = status_of(failure);
  const std::uint16_t status = answer.head.status;
  const std::string_view code = net::name(failure.code);
  const FailureText text = failure_text(failure, status, asker.site);
  add_fields(answer.head, code, text, asker);
  // RFC 9110 §15.5.6 asks for it.
  if (status == 405) answer.head.fields.add("allow", methods_served);
  if (is_grpc(asker.content_type)) {
    set_grpc(answer, text);
  } else if (failure.code == net::Code::tls_on_plain_port) {
    set_body(answer, "text/plain; charset=utf-8", "https expected\n", asker.head_request);
  } else if (wants_html(asker.accept, asker.sec_fetch_mode)) {
    // The page is ours and needs nothing; whatever slips into it must not run.
    answer.head.fields.erase("content-security-policy");
    answer.head.fields.add("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
    set_body(answer, "text/html; charset=utf-8", html(text, status, code, asker.request_id), asker.head_request);
  } else {
    set_body(answer, "application/problem+json", problem_json(text, status, code, asker.request_id), asker.head_request);
  }
  return answer;
}

FailureAnswer failure_page(const Refusal& refusal, const http::RequestHead& request, const RequestContext& context) {
  const Site* const site = context.route ? context.route->site.get() : nullptr;
  if (refusal.status == 0) return failure_page(refusal.failure, asker_of(request, context.request_id, site));
  if (refusal.status == index_status) return index_page(request, context);
  FailureAnswer answer;
  answer.head.status = refusal.status;
  if (refusal.status == 204 && request.method == "OPTIONS") answer.head.fields.add("allow", methods_served);
  answer.head.fields.set(Name::x_request_id, context.request_id);
  return answer;
}

FailureAnswer failure_page(net::Failure failure, const http::RequestHead& request, std::string_view request_id) {
  return failure_page(failure, asker_of(request, request_id, nullptr));
}

}  // namespace gw::proxy
