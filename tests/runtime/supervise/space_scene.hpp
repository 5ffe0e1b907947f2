#pragma once
// One Space with all that it shares, beside an engine that does nothing but say yes and a gateway that hears over a real socket.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/http/server.hpp"
#include "gateway/net/listener.hpp"
#include "runtime/supervise/space.hpp"
#include "tests/gateway/net/loop.hpp"
#include "tests/runtime/engine/no_engine.hpp"
#include "tests/runtime/state/scratch_layout.hpp"

namespace runtime::supervise::test {

/// Freezes and wakes whatever it is told to; makes no container and builds nothing.
class FreezingEngine final : public engine::test::NoEngine {
 public:
  bool slow_to_wake = false;  ///< until the test notifies `wakes`
  gw::net::Waiter wakes;

  Answer<engine::Info> info() override { return done(engine::Info{}); }
  Answer<> pause(std::string) override { return done(); }
  Answer<> unpause(std::string) override {
    if (slow_to_wake) co_await wakes.wait();
    co_return engine::Outcome<>();
  }
  Answer<std::string> create(engine::ContainerSpec) override {
    engine::Error refusal{500, "it makes no containers", {}};
    engine::Outcome<std::string> refused = refusal;
    co_return refused;
  }

 private:
  template <class T>
  static Answer<T> done(T value) {
    co_return engine::Outcome<T>(std::move(value));
  }
  static Answer<> done() { co_return engine::Outcome<>(); }
};

/// Remembers what it is told, and answers a `quiesce` as the test says.
class HearingGateway final : public gw::http::Handler {
 public:
  enum class Quiesce : std::uint8_t { idle, busy, refuse, hang_up, be_silent };

  HearingGateway(gw::net::test::Loop& loop, const std::string& socket)
      : loop_(loop), server_(loop.worker, *this), listener_(loop.worker, listen(socket), [this](auto stream, auto) {
          gw::http::ConnectionInfo info;
          info.peer = "unix";
          server_.accept(std::move(stream), std::move(info));
        }) {}
  ~HearingGateway() override {
    listener_.close();
    server_.stop();
    silence_.notify();
    loop_.until([this] { return server_.connections() == 0; });
  }

  /// The states that the site was told to be in, in their order.
  std::vector<std::string> states;
  unsigned asked_to_quiesce = 0;
  Quiesce quiesce = Quiesce::idle;

  gw::net::Task<> handle(gw::http::ClientSide& exchange, gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo&) override {
    std::string body;
    for (bool more = request.body.expected(); more;) {
      auto piece = co_await exchange.read_body();
      if (!piece) co_return;
      body.append(piece->data.data(), piece->data.size());
      more = !piece->last;
    }
    if (request.method == "PUT") states.emplace_back(boost::json::parse(body).at("state").as_string());
    if (request.method == "POST") {
      ++asked_to_quiesce;
      if (quiesce == Quiesce::hang_up) co_return exchange.abort();
      if (quiesce == Quiesce::be_silent) co_return co_await say_nothing(exchange);
    }
    std::string text = quiesce == Quiesce::idle ? R"({"idle": true})" : R"({"idle": false})";
    gw::http::ResponseHead head;
    head.status = request.method == "POST" && quiesce == Quiesce::refuse ? 409 : 200;
    head.body = gw::http::BodySize::of(text.size());
    const gw::http::Chunk all{{text.data(), text.size()}, true, nullptr};
    (void)co_await exchange.write_head(head, all);
  }
  gw::net::Task<> refuse(gw::http::ClientSide& exchange, const gw::http::RequestHead&, const gw::http::ConnectionInfo&,
                         gw::net::Failure) override {
    exchange.abort();
    co_return;
  }

 private:
  static int listen(const std::string& socket) {
    const auto listening = gw::net::listen_unix(socket, 0600);
    EXPECT_EQ(listening.problem, "");
    return listening.descriptor;
  }
  gw::net::Task<> say_nothing(gw::http::ClientSide& exchange) {
    co_await silence_.wait();
    exchange.abort();
  }

  gw::net::test::Loop& loop_;
  gw::net::Waiter silence_;
  gw::http::Server server_;
  gw::net::Listener listener_;
};

class SpaceScene : public testing::Test {
 protected:
  /// A Space with one deployment; an `image` that is empty has still to be built.
  void make(state::Desired desired, const std::string& image) {
    state::SpaceRecord record;
    record.id = "t/x";
    record.subdomain = "t-x";
    record.source = (temporary_.path() / "no such folder").string();
    record.desired = desired;
    database_.save_space(record);
    const std::string readme = "---\nsdk: docker\napp_port: " + std::to_string(app_.port()) + "\n---\n";
    auto deployment = *database_.deployment(record.id, database_.add_deployment(record.id, readme));
    deployment.image = image;
    if (!image.empty()) deployment.status = state::DeploymentStatus::built;
    database_.save_deployment(deployment);
    space_.emplace(context_, record);
  }
  /// The same, and it runs.
  void make_running() {
    make(state::Desired::running, "sha256:1");
    engine::Container container;
    container.id = "c";
    container.status = "running";
    container.pid = ::getpid();
    container.published[app_.port()] = app_.port();
    ASSERT_TRUE(space_->adopt(container, 1));
  }
  void drive() {
    driven_ = true;
    loop_.worker.spawn(drive_to_its_end());
    loop_.settle();
  }
  Task<> drive_to_its_end() {
    co_await space_->drive();
    driven_ = false;
  }
  bool reaches(Stage stage) {
    return loop_.until([&] { return space_->stage() == stage && space_->at_rest(); });
  }

  void TearDown() override {
    if (space_) space_->stop(false);
    ASSERT_TRUE(loop_.until([this] { return !driven_; }));
  }

  gw::net::test::ListeningSocket app_;  ///< can be taken for the app of a container
  gw::net::test::Loop loop_;
  state::test::TemporaryFolder temporary_;
  state::Layout layout_ = state::test::layout_in(temporary_.path());
  state::SecretBox box_{layout_.key_file()};
  state::Database database_{layout_.database(), box_};
  config::NodeFile node_ = config::default_node_file();
  FreezingEngine engine_;
  std::unique_ptr<EndpointProvider> endpoints_ = published_endpoints();
  HearingGateway gateway_{loop_, (temporary_.path() / "g.sock").string()};
  GatewayClient client_{loop_.worker, (temporary_.path() / "g.sock").string()};
  Context context_{loop_.worker, engine_, database_, box_, node_, layout_, *endpoints_, client_};
  std::optional<Space> space_;
  bool driven_ = false;
};

}  // namespace runtime::supervise::test
