// Do the numbers say what the server did? Against delays, stalls and rates that are known.

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::drive {
namespace {

using namespace test;

/// The server's own list: a column of it.
std::vector<Nanoseconds> column(const std::string& path, int at) {
  std::vector<Nanoseconds> values;
  std::ifstream lines(path);
  std::string id;
  for (std::array<Nanoseconds, 2> row{}; lines >> id >> row[0] >> row[1];) values.push_back(row[static_cast<std::size_t>(at)]);
  return values;
}

/// As the histogram reads it: the value at rank ceil(q n).
Nanoseconds at_percentile(std::vector<Nanoseconds> values, double percent) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

double mean_of(const std::vector<Nanoseconds>& values) {
  double sum = 0;
  for (const auto value : values) sum += static_cast<double>(value);
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<Nanoseconds>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const auto value : values) sum += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// What one try has found to be wrong.
class Doubts {
 public:
  void near(const std::string& what, double expected, double seen, double relative, double absolute = 0) {
    if (std::abs(expected - seen) <= std::abs(expected) * relative + absolute) return;
    text += what + ": " + std::to_string(expected) + " expected, " + std::to_string(seen) + " seen\n";
  }
  /// What a run says of its own lateness, once a machine has been busy for so long that this must be allowed for: it is nothing where
  /// nobody disturbs.
  double noise(const Run& run) const {
    if (!lenient) return 0;
    const auto& thread = run.generator.threads.front();
    return 2 * static_cast<double>(thread.lateness_p99 + thread.loop_lag_p99);
  }
  std::string text;
  bool lenient = false;
};

/// A busy machine makes one try wrong, a wrong number all of them.
template <class Try>
void holds_in_one_of(int tries, Try attempt) {
  std::string said;
  while (tries-- != 0) {
    Doubts doubts;
    doubts.lenient = tries < 3;
    attempt(doubts);
    if (doubts.text.empty()) return;
    said += doubts.text + "\n";
  }
  ADD_FAILURE() << said;
}

/// A stall, drawn at random.
struct Drawn {
  Nanoseconds service;
  double rate;
  Nanoseconds begin;
  Nanoseconds length;
  Nanoseconds whole;
};

/// The response times that arrivals at that rate must see, of whoever asks in the stall the rest of it more.
std::vector<Nanoseconds> expected(const Drawn& drawn) {
  std::vector<Nanoseconds> times;
  for (int i = 0; i / drawn.rate * 1e9 < static_cast<double>(drawn.whole); ++i) {
    const auto at = static_cast<Nanoseconds>(i / drawn.rate * 1e9);
    const bool held = at >= drawn.begin && at < drawn.begin + drawn.length;
    times.push_back(drawn.service + (held ? drawn.begin + drawn.length - at : 0));
  }
  return times;
}

void try_a_stall(Doubts& doubts) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  const auto between = [&](Nanoseconds low, Nanoseconds high) {
    return std::uniform_int_distribution<Nanoseconds>(low, high)(random);
  };
  Drawn drawn{};
  drawn.service = between(2 * millisecond, 20 * millisecond);
  drawn.rate = static_cast<double>(between(120, 200));
  drawn.whole = 2 * second;
  drawn.length = between(500 * millisecond, 700 * millisecond);
  drawn.begin = between(200 * millisecond, 900 * millisecond);
  service::Settings settings;
  settings.delay.median = drawn.service;
  settings.stalls = {{drawn.begin, drawn.length}};
  Serving server(settings);
  const auto run = drive::run(open(server.url(), drawn.rate, drawn.whole));
  const auto truth = expected(drawn);
  EXPECT_EQ(truth.size(), ended_as(run, Ending::answered));
  const auto seen = [&](double percent) { return static_cast<double>(percentile(run, Metric::success, percent)); };
  const auto name = "seed " + std::to_string(seed) + ", p";
  doubts.near(name + "50", static_cast<double>(drawn.service), seen(50), 0.03, 1e6);
  for (const double percent : {85.0, 90.0, 95.0, 99.0})
    doubts.near(name + std::to_string(percent), static_cast<double>(at_percentile(truth, percent)), seen(percent), 0.03,
                doubts.noise(run));
}

TEST(Truth, a_frozen_server_is_seen_as_by_those_who_wait_for_it) {
  for (int i = 0; i != 2; ++i) holds_in_one_of(8, try_a_stall);
}

TEST(Truth, every_percentile_is_the_one_of_the_servers_own_list) {
  holds_in_one_of(8, [](Doubts& doubts) {
    const ScratchFile list("delays");
    service::Settings settings;
    settings.delay = {service::Delay::Kind::lognormal, 20 * millisecond, 0.5, {}, 0};
    settings.delays_file = list.path();
    settings.seed = std::random_device{}();
    Serving server(settings);
    const auto run = drive::run(open(server.url(), 500, 2'080 * millisecond));
    EXPECT_EQ(1040U, server.finish());
    const auto delays = column(list.path(), 0);
    ASSERT_EQ(1040U, delays.size());
    for (const double percent : {50.0, 75.0, 90.0, 95.0, 99.0})
      doubts.near("p" + std::to_string(percent), static_cast<double>(at_percentile(delays, percent)),
                  static_cast<double>(percentile(run, Metric::success, percent)), 0.02, 50e3 + doubts.noise(run));
  });
}

TEST(Truth, what_is_asked_at_even_times_arrives_at_even_times) {
  holds_in_one_of(8, [](Doubts& doubts) {
    const ScratchFile list("gaps");
    service::Settings settings;
    settings.delays_file = list.path();
    Serving server(settings);
    const auto run = drive::run(open(server.url(), 500, second));
    server.finish();
    EXPECT_EQ(500U, run.lanes[0].series.ended());
    auto gaps = column(list.path(), 1);
    gaps.erase(gaps.begin());
    doubts.near("median", 2e6, static_cast<double>(at_percentile(gaps, 50)), 0.05);
    doubts.near("mean", 2e6, mean_of(gaps), 0.005);
  });
}

TEST(Truth, random_arrivals_have_the_gaps_of_a_poisson_process) {
  holds_in_one_of(8, [](Doubts& doubts) {
    const ScratchFile list("gaps");
    service::Settings settings;
    settings.delays_file = list.path();
    Serving server(settings);
    auto plan = open(server.url(), 500, 2 * second);
    plan.load.arrival = plan::Arrival::poisson;
    plan.load.seed = std::random_device{}();
    const auto run = drive::run(plan);
    server.finish();
    auto gaps = column(list.path(), 1);
    gaps.erase(gaps.begin());
    doubts.near("mean", 2e6, mean_of(gaps), 0.1);
    doubts.near("deviation", 2e6, deviation_of(gaps), 0.1, doubts.noise(run));
    for (const double percent : {25.0, 50.0, 75.0, 90.0})
      doubts.near("p" + std::to_string(percent), -2e6 * std::log(1 - percent / 100),
                  static_cast<double>(at_percentile(gaps, percent)), 0.12, 100e3 + doubts.noise(run));
  });
}

TEST(Truth, littles_law_holds_in_a_closed_loop) {
  holds_in_one_of(8, [](Doubts& doubts) {
    service::Settings settings;
    settings.delay.median = 5 * millisecond;
    Serving server(settings);
    auto plan = closed(server.url(), 10, 0);
    plan.load.requests.reset();
    plan.load.duration = second / 2;
    const auto run = drive::run(plan);
    const auto service = run.lanes[0].series.summary(Metric::service);
    const double rate = static_cast<double>(run.lanes[0].series.ended()) / (static_cast<double>(run.length) / 1e9);
    // Ten at once: those who are under way are what comes in a second times how long each takes.
    doubts.near("at once", 10, rate * static_cast<double>(service.sum) / static_cast<double>(service.count) / 1e9, 0.05);
    EXPECT_GE(percentile(run, Metric::service, 1), 5 * millisecond);
  });
}

TEST(Truth, a_delay_that_grows_with_the_load_is_seen) {
  service::Settings settings;
  settings.delay.median = 2 * millisecond;
  settings.delay.each = 2 * millisecond;
  Serving server(settings);
  const auto run = drive::run(closed(server.url(), 10, 500));
  // Nine others, most of the time.
  const auto median = percentile(run, Metric::success, 50);
  EXPECT_GT(median, 14 * millisecond);
  EXPECT_LT(median, 24 * millisecond);
}

TEST(Truth, phases_add_up_to_the_response_time) {
  service::Settings settings;
  settings.delay.median = 3 * millisecond;
  Serving server(settings);
  auto plan = open(server.url(), 300, second);
  plan.lanes[0].transport.keep_alive = false;
  const auto run = drive::run(plan);
  const auto sum = [&](Metric metric) { return run.lanes[0].series.summary(metric).sum; };
  EXPECT_EQ(300U, run.lanes[0].series.summary(Metric::connect).count) << "each had a connection of its own";
  EXPECT_EQ(sum(Metric::success), sum(Metric::lateness) + sum(Metric::queue) + sum(Metric::connect) + sum(Metric::send) +
                                      sum(Metric::wait) + sum(Metric::receive));
  EXPECT_GE(sum(Metric::wait), 300 * 3 * static_cast<std::uint64_t>(millisecond));
}

}  // namespace
}  // namespace loadtest::drive
