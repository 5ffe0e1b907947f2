#pragma once
// A container engine that does not answer: Spaces can be wished for, and wait.

#include "runtime/engine/engine.hpp"

namespace runtime::api::test {

class NoEngine final : public engine::Engine {
 public:
  template <class T = void>
  using Answer = engine::Answer<T>;

  Answer<engine::Version> negotiate() override { return none<engine::Version>(); }
  const engine::Capabilities& capabilities() const noexcept override { return capabilities_; }
  const std::string& name() const noexcept override { return name_; }
  Answer<engine::Info> info() override { return none<engine::Info>(); }
  Answer<std::string> create(engine::ContainerSpec) override { return none<std::string>(); }
  Answer<> start(std::string) override { return none(); }
  Answer<engine::Container> inspect(std::string) override { return none<engine::Container>(); }
  Answer<> stop(std::string, std::chrono::seconds) override { return none(); }
  Answer<> kill(std::string, std::string) override { return none(); }
  Answer<> restart(std::string, std::chrono::seconds) override { return none(); }
  Answer<> pause(std::string) override { return none(); }
  Answer<> unpause(std::string) override { return none(); }
  Answer<int> wait(std::string) override { return none<int>(); }
  Answer<> remove(std::string) override { return none(); }
  Answer<> update(std::string, engine::Limits) override { return none(); }
  Answer<engine::Stats> stats(std::string) override { return none<engine::Stats>(); }
  Answer<engine::Bytes> written(std::string) override { return none<engine::Bytes>(); }
  Answer<std::vector<engine::ContainerSummary>> list(std::vector<std::string>) override {
    return none<std::vector<engine::ContainerSummary>>();
  }
  Answer<> logs(std::string, engine::LogOptions, engine::LogSink, engine::Canceller*) override { return none(); }
  Answer<engine::Network> create_network(engine::NetworkSpec) override { return none<engine::Network>(); }
  Answer<engine::Network> inspect_network(std::string) override { return none<engine::Network>(); }
  Answer<> remove_network(std::string) override { return none(); }
  Answer<engine::Volume> create_volume(engine::VolumeSpec) override { return none<engine::Volume>(); }
  Answer<engine::Volume> inspect_volume(std::string) override { return none<engine::Volume>(); }
  Answer<> remove_volume(std::string) override { return none(); }
  Answer<std::vector<engine::Volume>> list_volumes(std::vector<std::string>) override {
    return none<std::vector<engine::Volume>>();
  }
  Answer<std::vector<engine::Network>> list_networks(std::vector<std::string>) override {
    return none<std::vector<engine::Network>>();
  }
  Answer<engine::Image> inspect_image(std::string) override { return none<engine::Image>(); }
  Answer<> remove_image(std::string, bool) override { return none(); }
  Answer<> tag_image(std::string, std::string, std::string) override { return none(); }
  Answer<std::vector<engine::Image>> list_images(std::vector<std::string>) override {
    return none<std::vector<engine::Image>>();
  }
  Answer<> events(engine::EventFilter, engine::EventSink, engine::Canceller*) override { return none(); }
  Answer<> cancel_build(std::string) override { return none(); }
  Answer<engine::Bytes> prune_builds(engine::Bytes) override { return none<engine::Bytes>(); }
  Answer<std::unique_ptr<gw::http::ClientConnection>> connect(gw::http::ClientTimeouts) override {
    return none<std::unique_ptr<gw::http::ClientConnection>>();
  }
  std::string path(std::string_view endpoint) const override { return std::string(endpoint); }

 private:
  template <class T = void>
  static Answer<T> none() {
    engine::Error gone{0, "no container engine answers here", "start it"};
    engine::Outcome<T> outcome = gone;
    co_return outcome;
  }

  engine::Capabilities capabilities_;
  std::string name_ = "none";
};

}  // namespace runtime::api::test
