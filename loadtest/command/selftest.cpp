// `selftest`, and the floor that every report has.

#include "loadtest/command/selftest.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <thread>

#include "loadtest/command/commands.hpp"
#include "loadtest/command/files.hpp"
#include "loadtest/command/machine.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/drive/run.hpp"
#include "loadtest/measure/result_json.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/plan/url.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/service/service.hpp"

namespace loadtest::command {
namespace {

namespace json = boost::json;
using measure::Floor;
using measure::Metric;
using measure::Nanoseconds;

constexpr double lateness_rate = 1000;
constexpr Nanoseconds quick = 170'000'000;

/// A server without delays on a thread of its own.
class Echo {
 public:
  Echo() : server_(worker_, service::Settings{}), thread_([this] { worker_.run(); }) {}
  ~Echo() {
    worker_.post([this] {
      server_.stop();
      worker_.stop();
    });
    thread_.join();
  }
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", server_.port()); }
  const std::string& problem() const { return server_.problem(); }

 private:
  gw::net::Worker worker_{gw::net::Worker::Sleeps::in_poller};
  service::Service server_;
  std::thread thread_;
};

measure::Series series_of(const plan::Load& load, const std::string& url, const Interrupt& interrupt) {
  drive::Plan plan;
  plan.load = load;
  drive::Lane lane;
  lane.targets.push_back(*plan::parse_url(url).value);
  plan.lanes.push_back(std::move(lane));
  auto run = drive::run(plan, nullptr, interrupt.token());
  if (run.ended == drive::Ended::unreachable) throw Mistake(run.problem, {}, Exit::unreachable);
  return std::move(run.lanes.front().series);
}

plan::Load closed(unsigned connections, Nanoseconds time) {
  plan::Load load;
  load.connections = connections;
  load.duration = time;
  return load;
}

std::string boot_id() {
  try {
    return read_file("/proc/sys/kernel/random/boot_id", "boot id");
  } catch (const Mistake&) {
    return {};
  }
}

std::filesystem::path cache_file() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const auto folder = cache != nullptr && *cache != '\0'
                          ? std::filesystem::path(cache)
                          : std::filesystem::path(home == nullptr || *home == '\0' ? "/tmp" : home) / ".cache";
  return folder / "spaceport" / "bench-floor.json";
}

std::optional<Floor> read_cache() {
  try {
    boost::system::error_code error;
    const auto value = json::parse(read_file(cache_file(), "floor"), error);
    const auto* told = error ? nullptr : value.if_object();
    if (told == nullptr || told->at("boot") != json::value(boot_id()) || told->at("version") != json::value(SPACEPORT_VERSION))
      return std::nullopt;
    return Floor{told->at("lateness_p50_ns").as_int64(), told->at("lateness_p99_ns").as_int64(),
                 told->at("round_trip_p50_ns").as_int64(), told->at("most_per_second").to_number<double>()};
  } catch (const std::exception&) {
    return std::nullopt;  // damaged, or not there: it is measured anew
  }
}

void write_cache(const Floor& floor) {
  auto told = measure::to_json(std::optional(floor)).as_object();
  told["boot"] = boot_id();
  told["version"] = SPACEPORT_VERSION;
  std::error_code error;
  std::filesystem::create_directories(cache_file().parent_path(), error);
  try {
    write_file(cache_file(), json::serialize(told) + "\n", "floor");
  } catch (const Mistake&) {
    return;  // a home that cannot be written to: measured again next time
  }
}

}  // namespace

std::optional<Floor> measure_floor(Nanoseconds each, const Interrupt& interrupt) {
  const Echo echo;
  if (!echo.problem().empty()) throw Mistake(echo.problem(), {}, Exit::failed);
  plan::Load open;
  open.open_loop = true;
  open.connections = 4;
  open.stages = {{each, lateness_rate}};
  const auto lateness = series_of(open, echo.url(), interrupt).total(Metric::lateness);
  const auto alone = series_of(closed(1, each), echo.url(), interrupt).total(Metric::service);
  const auto many = series_of(closed(50, each), echo.url(), interrupt);
  if (interrupt.told()) return std::nullopt;
  return Floor{static_cast<Nanoseconds>(lateness.value_at_percentile(50)),
               static_cast<Nanoseconds>(lateness.value_at_percentile(99)),
               static_cast<Nanoseconds>(alone.value_at_percentile(50)),
               static_cast<double>(many.summary(Metric::success).count) / (static_cast<double>(each) / 1e9)};
}

std::optional<Floor> floor_of_machine(const Interrupt& interrupt) {
  if (auto known = read_cache()) return known;
  auto floor = measure_floor(quick, interrupt);
  if (floor) write_cache(*floor);
  return floor;
}

int selftest(const SelftestOptions& options) {
  const auto each = plan::parse_span(options.duration);
  if (!each) throw Mistake(fmt::format("--duration {}: {}", options.duration, each.message));
  if (*each.value < quick || *each.value > 60'000'000'000)
    throw Mistake(fmt::format("--duration {}: must be from 200ms to 60s", options.duration));
  const Interrupt interrupt;
  check_writable(options.json, "--json");
  const auto floor = measure_floor(*each.value, interrupt);
  if (!floor) return static_cast<int>(Exit::interrupted);
  write_cache(*floor);
  if (!options.json.empty()) {
    auto told = measure::to_json(floor).as_object();
    told["machine"] = this_machine();
    write_file(options.json, json::serialize(told) + "\n", "--json");
  }
  std::cout << fmt::format(
      "What this machine can measure at best (a server without delays, on the same cores):\n"
      "  Lateness    p50 {}, p99 {}: what requests are late by themselves, at {:.0f}/s\n"
      "  Round trip  p50 {}: a request, alone\n"
      "  Rate        {}/s: one thread, 50 connections\n",
      report::duration(static_cast<double>(floor->lateness_p50)), report::duration(static_cast<double>(floor->lateness_p99)),
      lateness_rate, report::duration(static_cast<double>(floor->round_trip_p50)), report::rate(floor->most_per_second));
  return static_cast<int>(Exit::ok);
}

}  // namespace loadtest::command
