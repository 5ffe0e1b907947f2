// Variables and secrets of a Space, and the machine that it asks for.

#include <fmt/format.h>

#include "runtime/api/body.hpp"
#include "runtime/api/call.hpp"
#include "runtime/supervise/hardware.hpp"

namespace runtime::api {

namespace json = boost::json;
using state::Kind;
using state::Trouble;
using supervise::Space;

gw::net::Task<> Api::show_hardware(Call& call) {
  const json::object body = describe_hardware(supervisor_.context(), supervisor_.space(call.id));
  co_await send_json(call.exchange, 200, body);
}

gw::net::Task<> Api::set_hardware(Call& call) {
  const json::object body = parse_object(call.body);
  supervisor_.set_hardware(call.id, optional_text(body, "hardware").value_or(""));
  co_await follow(call);
}

gw::net::Task<> Api::list_variables(Call& call) {
  const std::string id = supervisor_.space(call.id).id();
  json::object all;
  for (const auto& [key, value] : supervisor_.context().database.variables(id)) all[key] = value;
  co_await send_json(call.exchange, 200, all);
}

gw::net::Task<> Api::list_secrets(Call& call) {
  const std::string id = supervisor_.space(call.id).id();
  json::array names;
  for (const auto& key : supervisor_.context().database.secret_names(id)) names.emplace_back(key);
  co_await send_json(call.exchange, 200, names);
}

gw::net::Task<> Api::put_settings(Call& call) {
  const bool secret = call.action == "secrets";
  supervise::Wish wish;
  wish.id = supervisor_.space(call.id).id();
  const json::object body = parse_object(call.body);
  for (const auto& [key, value] : body) {
    if (secret)
      wish.secrets.emplace_back(std::string(key), state::SecretValue(text(value, "the value")));
    else
      wish.variables[std::string(key)] = text(value, "the value");
  }
  supervise::check_settings(supervisor_.context().database, wish);
  auto& database = supervisor_.context().database;
  for (const auto& [key, value] : wish.secrets) database.set_secret(call.id, key, value);
  for (const auto& [key, value] : wish.variables) database.set_variable(call.id, key, value);
  supervisor_.settings_changed(call.id);
  co_await send_json(call.exchange, 200, json::object{});
}

gw::net::Task<> Api::delete_setting(Call& call) {
  const std::string id = supervisor_.space(call.id).id();
  const std::string& key = call.parts[5];
  const bool secret = call.action == "secrets";
  auto& database = supervisor_.context().database;
  const bool found = secret ? database.unset_secret(id, key) : database.unset_variable(id, key);
  if (!found) {
    throw Trouble(Kind::not_found, fmt::format("{} has no {} `{}`", id, secret ? "secret" : "variable", key),
                  fmt::format("`spaceport {} {}` shows what there is", secret ? "secrets" : "vars", id));
  }
  supervisor_.settings_changed(id);
  co_await send_json(call.exchange, 200, json::object{});
}

}  // namespace runtime::api
