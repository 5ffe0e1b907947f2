// When a Space sleeps, and how many replicas of it serve.

#include <fmt/format.h>

#include "config/units.hpp"
#include "runtime/api/body.hpp"
#include "runtime/api/call.hpp"

namespace runtime::api {

namespace json = boost::json;
using state::Kind;
using state::Trouble;
using supervise::Space;

namespace {

std::int64_t to_sleep_after(const json::value& said) {
  using state::SpaceRecord;
  const std::string text = said.is_string() ? std::string(said.get_string()) : std::string();
  if (text == "never" || text == "-1") return SpaceRecord::never_sleeps;
  if (text == "default") return SpaceRecord::default_sleep;
  const auto time = config::parse_duration(text);
  if (!time || *time.value < std::chrono::seconds(1)) {
    throw Trouble(Kind::bad_input, fmt::format("`{}` is not an idle time", text),
                  "give a time of at least 1s, as in 30m or 48h, or never, default or now");
  }
  return std::chrono::duration_cast<std::chrono::seconds>(*time.value).count();
}

/// `{"rest": "stopped"}`: how deep it is to sleep. Without a body it is frozen.
supervise::Rest to_rest(const std::string& body) {
  if (body.empty()) return supervise::Rest::frozen;
  const json::object asked = parse_object(body);
  const auto* rest = asked.if_contains("rest");
  if (rest == nullptr || *rest == json::value("frozen")) return supervise::Rest::frozen;
  if (*rest == json::value("stopped")) return supervise::Rest::stopped;
  throw Trouble(Kind::bad_input, "`rest` is not how a Space sleeps", "say frozen or stopped");
}

json::object describe_sleep(const Space& space) {
  const auto after = space.record().sleep_after;
  return {{"sleep_after", space.sleeps_after().count()},
          {"default", after == state::SpaceRecord::default_sleep},
          {"stage", name(space.stage())}};
}

json::object describe_replicas(const Space& space) {
  return {{"wanted", space.record().replicas}, {"serving", space.serving_count()}};
}

}  // namespace

gw::net::Task<> Api::show_sleep(Call& call) {
  const json::object body = describe_sleep(supervisor_.space(call.id));
  co_await send_json(call.exchange, 200, body);
}

gw::net::Task<> Api::set_sleep(Call& call) {
  Space& space = supervisor_.space(call.id);
  const json::object body = parse_object(call.body);
  space.set_sleep_after(to_sleep_after(member(body, "after")));
  co_await send_json(call.exchange, 200, describe_sleep(space));
}

gw::net::Task<> Api::fall_asleep(Call& call) {
  if (const auto stage = supervisor_.space(call.id).stage();
      stage != supervise::Stage::running && stage != supervise::Stage::sleeping) {
    throw Trouble(Kind::conflict, fmt::format("{} is {}: only what runs can be put to sleep", call.id, name(stage)),
                  fmt::format("`spaceport show {}` says why", call.id));
  }
  const auto rest = to_rest(call.body);
  supervisor_.space(call.id).sleep(rest);
  constexpr std::chrono::milliseconds look{10};
  constexpr std::chrono::seconds patience{30};
  const auto until = std::chrono::steady_clock::now() + patience;
  // Looked up anew each time: it may be erased meanwhile.
  while (supervisor_.space(call.id).falls_asleep() && std::chrono::steady_clock::now() < until)
    co_await supervise::pause_for(supervisor_.context().worker, look);
  const Space& space = supervisor_.space(call.id);
  if (space.stage() != supervise::Stage::sleeping) {
    throw Trouble(Kind::conflict, fmt::format("{} stays awake: {}", call.id, space.awake_because()),
                  fmt::format("try again when nobody uses it, or `spaceport pause {}`", call.id));
  }
  co_await send_json(call.exchange, 200, describe_sleep(space));
}

gw::net::Task<> Api::show_replicas(Call& call) {
  const json::object body = describe_replicas(supervisor_.space(call.id));
  co_await send_json(call.exchange, 200, body);
}

gw::net::Task<> Api::set_replicas(Call& call) {
  Space& space = supervisor_.space(call.id);
  const json::object body = parse_object(call.body);
  const json::value& wanted = member(body, "replicas");
  const bool good = wanted.is_int64() && wanted.get_int64() >= 1 && wanted.get_int64() <= Space::most_replicas;
  if (!good) {
    throw Trouble(Kind::bad_input, "`replicas` must be a number from 1 to " + std::to_string(Space::most_replicas),
                  "for example 2; a Space that shall not run is paused");
  }
  space.set_replicas(wanted.get_int64());
  co_await send_json(call.exchange, 200, describe_replicas(space));
}

}  // namespace runtime::api
