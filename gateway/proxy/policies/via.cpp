#include "gateway/http/characters.hpp"
#include "gateway/proxy/policies/policies.hpp"

namespace gw::proxy::policies {

using http::Name;

namespace {

/// Three and not one: the same gateway may be passed twice on purpose, as with an app that calls its own public name.
constexpr int loop_at = 3;

/// How often a Via value names us: `1.1 spaceport (comment)`, the received-by after the protocol.
int count_pseudonym(std::string_view value, std::string_view pseudonym) {
  int count = 0;
  http::each_element(value, [&](std::string_view element) {
    const std::size_t space = element.find_first_of(" \t");
    if (space == std::string_view::npos) return;
    std::string_view by = http::trim(element.substr(space));
    by = by.substr(0, by.find_first_of(" \t("));
    if (by == pseudonym) ++count;
  });
  return count;
}

template <class Head>
void append_via(Head& head, http::Version version, const std::string& pseudonym) {
  std::string value(http::number(version));
  value.append(1, ' ').append(pseudonym);
  head.fields.add(Name::via, value);
}

}  // namespace

// Rule 33: 508 when our own name has come back three times.
std::optional<Refusal> break_loop(RequestHead& request, RequestContext& context) {
  int count = 0;
  for (const auto field : request.fields)
    if (field.id == Name::via) count += count_pseudonym(field.value, context.snapshot->name);
  if (count < loop_at) return std::nullopt;
  return refuse(net::Code::loop, net::Side::client);
}

std::optional<Refusal> add_via(RequestHead& request, RequestContext& context) {
  append_via(request, request.version, context.snapshot->name);
  return std::nullopt;
}

void add_response_via(ResponseHead& response, const RequestContext& context) {
  const bool over_h2 = context.route != nullptr && context.route->upstream->protocol == config::Protocol::h2c;
  append_via(response, over_h2 ? http::Version::http_2 : http::Version::http_1_1, context.snapshot->name);
}

}  // namespace gw::proxy::policies
