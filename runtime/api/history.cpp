// Earlier deployments of a Space, and going back to one.

#include <fmt/format.h>

#include "runtime/api/call.hpp"

namespace runtime::api {

namespace json = boost::json;
using state::Kind;
using state::Trouble;

gw::net::Task<> Api::deployments(Call& call) {
  const auto& space = supervisor_.space(call.id);
  json::array all;
  for (const auto& one : supervisor_.context().database.deployments(call.id)) {
    json::object made{{"n", one.n},
                      {"created", one.created},
                      {"status", name(one.status)},
                      {"image", one.image},
                      {"serves", one.n == space.serving_deployment()},
                      {"error", one.error}};
    if (one.origin != 0) made["image_of"] = one.origin;
    all.push_back(std::move(made));
  }
  co_await send_json(call.exchange, 200, all);
}

gw::net::Task<> Api::rollback(Call& call) {
  const json::object body = parse_object(call.body);
  std::int64_t n = 0;
  if (const auto* wanted = body.if_contains("deployment"); wanted != nullptr && !wanted->is_null()) {
    const bool good = wanted->is_int64() && wanted->as_int64() > 0;
    if (!good) throw Trouble(Kind::bad_input, "`deployment` must be a number from 1 on", "leave it out for the version before");
    n = wanted->as_int64();
  }
  supervisor_.roll_back(call.id, n);
  co_await follow(call);
}

}  // namespace runtime::api
