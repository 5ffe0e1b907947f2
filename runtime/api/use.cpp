// What every Space uses: for `spaceport top`, and as metrics for Prometheus. And its past.

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "runtime/api/call.hpp"

namespace runtime::api {

namespace json = boost::json;
using supervise::SpaceUse;
using supervise::VolumeUse;

namespace {

json::object describe_use(const SpaceUse& use, const VolumeUse::Known& volumes) {
  const auto& record = use.space->record();
  return {{"id", record.id},
          {"stage", name(use.space->stage())},
          {"replicas", json::object{{"wanted", record.replicas}, {"serving", use.space->serving_count()}}},
          {"cpu_nanoseconds", use.usage.cpu_nanoseconds},
          {"memory_bytes", use.usage.memory},
          {"requests", use.traffic.requests},
          {"failures", use.traffic.failures},
          {"in_flight", use.traffic.in_flight},
          {"held", use.traffic.held},
          {"idle_seconds", use.traffic.idle_seconds},
          {"p50_ms", use.traffic.p50_ms},
          {"p99_ms", use.traffic.p99_ms},
          {"volumes", describe_volumes(*use.space, volumes)}};
}

// The text format of Prometheus (version 0.0.4). Names of Spaces are letters, digits, `-`, `_`, `.` and `/`: nothing to escape.
class Exposition {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
  }
  void sample(std::string_view name, const std::string& space, double value, std::string_view more = {}) {
    text_ += fmt::format("{}{{space=\"{}\"{}}} {}\n", name, space, more, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void write_volumes(Exposition& page, const std::vector<SpaceUse>& all, const VolumeUse::Known& known) {
  const auto each = [&](std::string_view name, std::uint64_t VolumeUse::Use::*what) {
    for (const auto& use : all) {
      for (const auto& mount : use.mounts) {
        const auto found = known.find(mount.volume);
        if (found == known.end()) continue;
        page.sample(name, use.space->id(), static_cast<double>(found->second.*what), fmt::format(",path=\"{}\"", mount.path));
      }
    }
  };
  if (known.empty()) return;
  page.family("spaceport_volume_size_bytes", "gauge", "What can be put into a volume.");
  each("spaceport_volume_size_bytes", &VolumeUse::Use::room);
  page.family("spaceport_volume_used_bytes", "gauge", "What is in it.");
  each("spaceport_volume_used_bytes", &VolumeUse::Use::used);
}

std::string metrics_of(const std::vector<SpaceUse>& all, const VolumeUse::Known& volumes) {
  constexpr double second = 1e9;
  Exposition page;
  page.family("spaceport_space_cpu_seconds_total", "counter", "Processor time of the containers that run now.");
  for (const auto& use : all)
    page.sample("spaceport_space_cpu_seconds_total", use.space->id(), static_cast<double>(use.usage.cpu_nanoseconds) / second);
  page.family("spaceport_space_memory_bytes", "gauge", "Memory of its containers, without cache that could be dropped.");
  for (const auto& use : all)
    page.sample("spaceport_space_memory_bytes", use.space->id(), static_cast<double>(use.usage.memory));
  page.family("spaceport_space_replicas", "gauge", "Containers that serve, and those that are wanted.");
  for (const auto& use : all) {
    page.sample("spaceport_space_replicas", use.space->id(), static_cast<double>(use.space->serving_count()),
                ",state=\"serving\"");
    page.sample("spaceport_space_replicas", use.space->id(), static_cast<double>(use.space->record().replicas),
                ",state=\"wanted\"");
  }
  page.family("spaceport_space_stage", "gauge", "1 for the stage that the Space is in.");
  for (const auto& use : all)
    page.sample("spaceport_space_stage", use.space->id(), 1, fmt::format(",stage=\"{}\"", name(use.space->stage())));
  write_volumes(page, all, volumes);
  return page.take();
}

}  // namespace

gw::net::Task<> Api::use(Call& call) {
  const auto volumes = co_await supervisor_.volume_use({});
  const auto all = co_await supervisor_.use();
  const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  json::array spaces;
  for (const auto& one : all) spaces.push_back(describe_use(one, volumes));
  const json::object body{{"at", now.count()}, {"spaces", std::move(spaces)}};
  co_await send_json(call.exchange, 200, body);
}

gw::net::Task<> Api::metrics(Call& call) {
  const auto volumes = co_await supervisor_.volume_use({});
  const auto all = co_await supervisor_.use();
  const std::string page = metrics_of(all, volumes);
  LineStream stream(call.exchange);
  if (!co_await stream.begin("text/plain; version=0.0.4")) co_return;
  if (co_await stream.send(page)) co_await stream.end();
}

gw::net::Task<> Api::history(Call& call) {
  constexpr std::int64_t usual = 100;
  std::int64_t limit = usual;
  const std::string number = query_value(call.request.query, "limit");
  std::from_chars(number.data(), number.data() + number.size(), limit);
  const std::string id = supervisor_.space(call.id).id();
  json::array all;
  for (const auto& event : supervisor_.context().database.events(id, limit))
    all.push_back(json::object{{"at", event.at}, {"event", event.kind}, {"text", event.text}});
  co_await send_json(call.exchange, 200, all);
}

}  // namespace runtime::api
