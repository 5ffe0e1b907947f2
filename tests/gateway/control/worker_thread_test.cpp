#include "gateway/control/worker_thread.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <thread>

#include "tests/gateway/control/client.hpp"

namespace gw::control {
namespace {

using test::Client;

/// A worker on its thread. Nothing is routed: 404 is an answer, too.
struct Running {
  explicit Running(bool hold = false, const net::ConnectionLimits::Settings& most = {})
      : worker({std::make_shared<const proxy::Snapshot>(), {}, "", -1, nullptr, hold, 0, false, limits}) {
    limits->use(most);
    worker.start();
  }

  /// Runs `job` on the worker's thread and waits for it.
  void on_thread(std::function<void()> job) {
    std::promise<void> done;
    worker.post([&] {
      job();
      done.set_value();
    });
    ASSERT_EQ(std::future_status::ready, done.get_future().wait_for(std::chrono::seconds(5)));
  }
  /// Listens on a port of its own under `key`; the other keys stay open.
  std::uint16_t listen(const std::string& key, const std::vector<std::string>& others = {}, const std::string& trusted = {}) {
    ListenerChange change{key, -1, nullptr, false, {}};
    EXPECT_TRUE(trusted.empty() || change.trusted.add(trusted));
    const auto opened = net::listen_tcp("127.0.0.1", 0, false);
    EXPECT_GE(opened.descriptor, 0) << opened.problem;
    const auto port = net::local_address(opened.descriptor).port;
    change.descriptor = opened.descriptor;
    keep(others, std::move(change));
    return port;
  }
  void keep(const std::vector<std::string>& keys, ListenerChange fresh = {}) {
    std::vector<ListenerChange> all;
    for (const auto& key : keys) all.push_back({key, -1, nullptr, false, {}});
    if (!fresh.key.empty()) all.push_back(std::move(fresh));
    on_thread([&] { worker.listen(all); });
  }
  WorkerReport report() {
    WorkerReport report;
    on_thread([&] { report = worker.report(); });
    return report;
  }

  /// Connections that are held; bounded by the timeout of the test.
  std::size_t held() {
    std::size_t held = 0;
    on_thread([&] { held = worker.held(); });
    return held;
  }

  const std::shared_ptr<net::ConnectionLimits> limits = std::make_shared<net::ConnectionLimits>();
  WorkerThread worker;
};

TEST(WorkerThread, serves_what_it_listens_on_and_counts) {
  Running running;
  const auto port = running.listen("a");
  Client client(port);
  EXPECT_EQ(404, client.get());
  EXPECT_EQ(404, client.get());
  const auto report = running.report();
  EXPECT_EQ(1U, report.accepted);
  EXPECT_EQ(1U, report.connections);
  EXPECT_EQ(2U, report.counters.requests);
}

TEST(WorkerThread, a_reload_keeps_listeners_that_did_not_change_and_all_connections) {
  Running running;
  const auto kept = running.listen("kept");
  const auto dropped = running.listen("dropped", {"kept"});
  Client on_kept(kept);
  Client on_dropped(dropped);
  ASSERT_EQ(404, on_kept.get());
  ASSERT_EQ(404, on_dropped.get());

  running.keep({"kept"});

  EXPECT_FALSE(Client(dropped).connected);
  EXPECT_EQ(404, Client(kept).get());
  EXPECT_EQ(404, on_kept.get());
  EXPECT_EQ(404, on_dropped.get()) << "its listener went, the connection stays";
}

TEST(WorkerThread, a_new_snapshot_is_in_force_for_the_next_request) {
  Running running;
  Client client(running.listen("a"));
  ASSERT_EQ(404, client.get("spaces.test"));
  proxy::Snapshot next;
  next.domain = "spaces.test";
  const auto shared = std::make_shared<const proxy::Snapshot>(std::move(next));
  running.on_thread([&] { running.worker.use(shared, {}); });
  EXPECT_EQ(200, client.get("spaces.test"));
}

TEST(WorkerThread, draining_closes_listeners_and_idle_connections) {
  Running running;
  const auto port = running.listen("a");
  Client idle(port);
  ASSERT_EQ(404, idle.get());
  running.on_thread([&] { running.worker.drain(http::Server::Idle::end, net::Duration(0)); });
  EXPECT_TRUE(idle.over());
  EXPECT_FALSE(Client(port).connected);
}

TEST(WorkerThread, may_end_with_connections_open) {
  auto running = std::make_unique<Running>();
  Client client(running->listen("a"));
  ASSERT_EQ(404, client.get());
  running.reset();
  EXPECT_TRUE(client.over());
}

TEST(WorkerThread, whoever_connects_during_a_hold_is_served_when_it_ends) {
  Running running(true);
  const auto port = running.listen("a");
  Client early(port);
  std::promise<int> status;
  std::thread asking([&] { status.set_value(early.get()); });
  auto answer = status.get_future();
  EXPECT_EQ(std::future_status::timeout, answer.wait_for(std::chrono::milliseconds(50)));
  EXPECT_EQ(0U, running.report().counters.requests);

  running.on_thread([&] { running.worker.release(); });

  EXPECT_EQ(404, answer.get());
  asking.join();
  EXPECT_EQ(404, Client(port).get());
}

TEST(WorkerThread, draining_ends_a_hold) {
  Running running(true);
  Client early(running.listen("a"));
  while (running.held() == 0) std::this_thread::yield();
  running.on_thread([&] { running.worker.drain(http::Server::Idle::end, net::Duration(0)); });
  EXPECT_TRUE(early.over());
}

TEST(WorkerThread, may_end_during_a_hold) {
  auto running = std::make_unique<Running>(true);
  Client early(running->listen("a"));
  while (running->held() == 0) std::this_thread::yield();
  running.reset();
  EXPECT_TRUE(early.over());
}

TEST(Rule68, a_client_beyond_its_share_is_reset_and_comes_in_when_one_has_gone) {
  Running running(false, {0, 1, 0, 1});
  const auto port = running.listen("a");
  auto first = std::make_unique<Client>(port);
  EXPECT_EQ(404, first->get());
  EXPECT_TRUE(Client(port).broken());
  EXPECT_EQ(1U, running.limits->counts().too_many);
  first.reset();
  while (running.limits->connections() != 0) std::this_thread::yield();
  EXPECT_EQ(404, Client(port).get());
}

TEST(Rule68, a_trusted_proxy_has_no_share) {
  Running running(false, {0, 1, 0, 1});
  const auto port = running.listen("a", {}, "127.0.0.0/8");
  Client first(port);
  Client second(port);
  EXPECT_EQ(404, first.get());
  EXPECT_EQ(404, second.get());
}

TEST(Rule68, who_is_held_has_a_place) {
  Running running(true, {1, 0, 0, 1});
  const auto port = running.listen("a");
  Client early(port);
  while (running.held() == 0) std::this_thread::yield();
  Client waits(port);
  while (running.limits->counts().full == 0) std::this_thread::yield();
  EXPECT_EQ(1U, running.held());
  running.on_thread([&] { running.worker.release(); });
  EXPECT_EQ(404, early.get());
}

}  // namespace
}  // namespace gw::control
