#include "gateway/proxy/index_page.hpp"

#include "gateway/http/characters.hpp"
#include "gateway/proxy/page_style.hpp"

namespace gw::proxy {

namespace {

using http::Name;

bool accepts(std::string_view accept, std::string_view type) noexcept {
  bool found = false;
  http::each_element(accept, [&](std::string_view element) {
    found = found || http::equals_ignoring_case(http::trim(element.substr(0, element.find(';'))), type);
  });
  return found;
}

// An authority has been normalised: letters, digits, `.`, `-`, `_`, a port. Nothing to escape in HTML or JSON.
std::string html(std::string_view address) {
  std::string page(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>Spaceport</title>");
  page.append(page_style)
      .append("</head><body><main><h1>Spaceport</h1><p>Docker Spaces are served here, each at a name of its own:</p><p><code>");
  page.append(address).append("</code></p></main></body></html>\n");
  return page;
}

}  // namespace

FailureAnswer index_page(const http::RequestHead& request, const RequestContext& context) {
  FailureAnswer answer;
  answer.head.status = index_status;
  const std::string_view accept = request.fields.find(Name::accept).value_or("");
  const bool json = accepts(accept, "application/json") && !accepts(accept, "text/html");
  const std::string scheme = context.connection.tls ? "https://" : "http://";
  std::string body;
  if (json) {
    body = "{\"product\":\"Spaceport\",\"spaces\":\"" + scheme + "<owner>-<name>." + std::string(context.authority) + "/\"}\n";
  } else {
    body = html(scheme + "&lt;owner&gt;-&lt;name&gt;." + std::string(context.authority) + "/");
    answer.head.fields.add("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
  }
  answer.head.fields.set(Name::content_type, json ? "application/json" : "text/html; charset=utf-8");
  answer.head.fields.set(Name::cache_control, "no-store");
  answer.head.fields.add("x-content-type-options", "nosniff");
  answer.head.fields.set(Name::x_request_id, context.request_id);
  answer.head.stated_length = body.size();
  answer.head.length_stated = true;
  if (request.method == "HEAD") return answer;
  answer.head.body = http::BodySize::of(body.size());
  answer.body = std::move(body);
  return answer;
}

}  // namespace gw::proxy
