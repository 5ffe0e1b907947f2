// Clients with connections of their own: each is an origin, and what one of them leaves serves whoever waits.

#include <gmock/gmock.h>

#include "tests/loadtest/drive/peer.hpp"
#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::drive {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::Pair;

class These final : public Arrivals {
 public:
  explicit These(std::vector<Due> dues) : dues_(std::move(dues)) {}
  std::optional<Due> next() override { return at_ == dues_.size() ? std::nullopt : std::optional(dues_[at_++]); }

 private:
  std::vector<Due> dues_;
  std::size_t at_ = 0;
};

/// So many clients of a server.
void add_clients(Plan& plan, const std::string& url, std::size_t clients) {
  auto& targets = plan.lanes[0].targets;
  for (std::size_t i = 0; i != clients; ++i) {
    auto& target = targets.emplace_back(plan::parse_url(url).value.value());
    target.origin.client = std::to_string(targets.size());
  }
}

Plan of_clients(const std::string& url, std::size_t clients) {
  auto plan = open(url, 1, second);
  plan.lanes[0].targets.clear();
  add_clients(plan, url, clients);
  return plan;
}

void are_due(Plan& plan, std::vector<Due> dues) {
  plan.arrivals = [dues = std::move(dues)] { return std::make_unique<These>(dues); };
}

/// One of each client, all at the beginning.
void all_at_once(Plan& plan) {
  std::vector<Due> dues;
  for (std::uint32_t i = 0; i != plan.lanes[0].targets.size(); ++i) dues.push_back({0, 0, i});
  are_due(plan, std::move(dues));
}

TEST(Pool, more_clients_than_connections_may_be_made_at_once_are_all_served) {
  Serving server;
  auto plan = of_clients(server.url(), 300);
  all_at_once(plan);
  const auto run = drive::run(plan);
  EXPECT_EQ(300U, ended_as(run, Ending::answered));
  EXPECT_EQ(300U, run.lanes[0].facts.opened);
  EXPECT_LT(run.lanes[0].series.summary(Metric::success).max, static_cast<std::uint64_t>(3 * second));
  EXPECT_EQ(0U, run.lanes[0].facts.waited) << "there is no limit that they wait for";
}

TEST(Pool, more_clients_than_connections_take_turns) {
  service::Settings settings;
  settings.delay.median = 5 * millisecond;
  Serving server(settings);
  for (const bool keep_alive : {true, false}) {
    auto plan = of_clients(server.url(), 50);
    plan.load.most_connections = 10;
    plan.lanes[0].transport.keep_alive = keep_alive;
    all_at_once(plan);
    const auto run = drive::run(plan);
    EXPECT_EQ(50U, ended_as(run, Ending::answered)) << keep_alive;
    EXPECT_EQ(10U, run.lanes[0].facts.most_open);
    EXPECT_GE(run.lanes[0].facts.waited, 39U);
    EXPECT_LT(run.lanes[0].series.summary(Metric::success).max, static_cast<std::uint64_t>(3 * second));
  }
}

TEST(Pool, one_client_with_many_requests_does_not_take_all_connections) {
  service::Settings settings;
  settings.delay.median = 100 * millisecond;
  Serving server(settings);
  auto plan = of_clients(server.url(), 3);
  plan.load.most_connections = 4;
  // The second has all four when many of the first come, and one of the third.
  std::vector<Due> dues(4, Due{0, 0, 1});
  dues.insert(dues.end(), 40, Due{10 * millisecond, 0, 0});
  dues.push_back({20 * millisecond, 0, 2});
  are_due(plan, std::move(dues));
  Tape tape(1);
  const auto run = drive::run(plan, nullptr, {}, &tape);
  EXPECT_EQ(45U, ended_as(run, Ending::answered));
  std::size_t before = 0;
  tape.each([&before](const Tape::Entry& entry) {
    if (entry.sample.target == 2) return false;
    ++before;
    return true;
  });
  EXPECT_LT(before, 20U) << "it has its turn with the first one's first";
}

TEST(Pool, connections_that_are_refused_make_room_for_others) {
  Serving server;
  auto plan = of_clients("http://127.0.0.1:1/", 300);
  // The one that is connected to beforehand.
  plan.lanes[0].targets[1] = plan::parse_url(server.url()).value.value();
  all_at_once(plan);
  const auto run = drive::run(plan);
  EXPECT_EQ(1U, ended_as(run, Ending::answered));
  EXPECT_EQ(299U, ended_as(run, Ending::no_connection));
  EXPECT_LT(run.lanes[0].series.summary(Metric::unfinished).max, static_cast<std::uint64_t>(3 * second));
}

/// 400 clients of a server that accepts none, but for the second, and 20 of one that does; a second for each request.
Plan of_deaf_and_served(const Deaf& deaf, const Serving& server) {
  auto plan = of_clients(deaf.url, 400);
  plan.load.timeout = second;
  plan.lanes[0].targets[1] = plan::parse_url(server.url()).value.value();
  add_clients(plan, server.url(), 20);
  return plan;
}

TEST(Pool, connections_that_are_not_accepted_make_room_for_others) {
  Deaf deaf;
  deaf.fill();
  Serving server;
  auto plan = of_deaf_and_served(deaf, server);
  std::vector<Due> dues;
  for (std::uint32_t i = 0; i != 400; ++i) dues.push_back({0, 0, i});
  for (std::uint32_t i = 400; i != 420; ++i) dues.push_back({500 * millisecond, 0, i});
  are_due(plan, std::move(dues));
  const auto run = drive::run(plan);
  EXPECT_EQ(21U, ended_as(run, Ending::answered));
}

TEST(Pool, a_connection_that_nobody_waits_for_keeps_no_other_from_being_made) {
  Deaf deaf;
  deaf.fill();
  Serving server;
  auto plan = of_deaf_and_served(deaf, server);
  // The later half get their connections when the others are given up, half a second before they are given up themselves.
  std::vector<Due> dues;
  for (std::uint32_t i = 0; i != 200; ++i) dues.push_back({0, 0, i});
  for (std::uint32_t i = 200; i != 400; ++i) dues.push_back({500 * millisecond, 0, i});
  for (std::uint32_t i = 400; i != 420; ++i) dues.push_back({1000 * millisecond, 0, i});
  are_due(plan, std::move(dues));
  const auto run = drive::run(plan);
  EXPECT_EQ(21U, ended_as(run, Ending::answered));
}

TEST(Pool, the_connection_that_has_been_idle_longest_makes_room) {
  Serving server;
  auto plan = of_clients(server.url(), 3);
  plan.load.most_connections = 2;
  // The second one's connection is there before the run.
  std::vector<Due> dues;
  for (const std::uint32_t client : {0U, 1U, 0U, 2U, 0U, 1U, 0U})
    dues.push_back({100 * millisecond * static_cast<Nanoseconds>(dues.size()), 0, client});
  are_due(plan, std::move(dues));
  Tape tape(1);
  const auto run = drive::run(plan, nullptr, {}, &tape);
  std::vector<std::pair<std::uint32_t, bool>> seen;
  tape.each([&seen](const Tape::Entry& entry) {
    seen.emplace_back(entry.sample.target, entry.sample.reused);
    return true;
  });
  EXPECT_THAT(seen, ElementsAre(Pair(0, false), Pair(1, false), Pair(0, true), Pair(2, false), Pair(0, true), Pair(1, false),
                                Pair(0, true)));
  EXPECT_EQ(4U, run.lanes[0].facts.opened);
}

}  // namespace
}  // namespace loadtest::drive
