#pragma once
// A container engine that does not answer: Spaces can be wished for, and wait. Fakes of one that does begin with it.

#include "runtime/engine/engine.hpp"

namespace runtime::engine::test {

class NoEngine : public Engine {
 public:
  template <class T = void>
  using Answer = engine::Answer<T>;

  Answer<Version> negotiate() override { return none<Version>(); }
  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  const std::string& name() const noexcept override { return name_; }
  Answer<Info> info() override { return none<Info>(); }
  Answer<std::string> create(ContainerSpec) override { return none<std::string>(); }
  Answer<> start(std::string) override { return none(); }
  Answer<Container> inspect(std::string) override { return none<Container>(); }
  Answer<> stop(std::string, std::chrono::seconds) override { return none(); }
  Answer<> kill(std::string, std::string) override { return none(); }
  Answer<> restart(std::string, std::chrono::seconds) override { return none(); }
  Answer<> pause(std::string) override { return none(); }
  Answer<> unpause(std::string) override { return none(); }
  Answer<int> wait(std::string) override { return none<int>(); }
  Answer<> remove(std::string) override { return none(); }
  Answer<> update(std::string, Limits) override { return none(); }
  Answer<Stats> stats(std::string) override { return none<Stats>(); }
  Answer<Bytes> written(std::string) override { return none<Bytes>(); }
  Answer<std::vector<ContainerSummary>> list(std::vector<std::string>) override {
    return none<std::vector<ContainerSummary>>();
  }
  Answer<std::vector<ContainerSummary>> list_running(std::vector<std::string>) override {
    return none<std::vector<ContainerSummary>>();
  }
  Answer<> logs(std::string, LogOptions, LogSink, Canceller*) override { return none(); }
  Answer<Network> create_network(NetworkSpec) override { return none<Network>(); }
  Answer<Network> inspect_network(std::string) override { return none<Network>(); }
  Answer<> remove_network(std::string) override { return none(); }
  Answer<Volume> create_volume(VolumeSpec) override { return none<Volume>(); }
  Answer<Volume> inspect_volume(std::string) override { return none<Volume>(); }
  Answer<> remove_volume(std::string) override { return none(); }
  Answer<std::vector<Volume>> list_volumes(std::vector<std::string>) override { return none<std::vector<Volume>>(); }
  Answer<std::vector<Network>> list_networks(std::vector<std::string>) override { return none<std::vector<Network>>(); }
  Answer<Image> inspect_image(std::string) override { return none<Image>(); }
  Answer<> remove_image(std::string, bool) override { return none(); }
  Answer<> tag_image(std::string, std::string, std::string) override { return none(); }
  Answer<std::vector<Image>> list_images(std::vector<std::string>) override { return none<std::vector<Image>>(); }
  Answer<> events(EventFilter, EventSink, Canceller*) override { return none(); }
  Answer<> cancel_build(std::string) override { return none(); }
  Answer<Bytes> prune_builds(Bytes) override { return none<Bytes>(); }
  Answer<std::unique_ptr<gw::http::ClientConnection>> connect(gw::http::ClientTimeouts) override {
    return none<std::unique_ptr<gw::http::ClientConnection>>();
  }
  std::string path(std::string_view endpoint) const override { return std::string(endpoint); }

 private:
  template <class T = void>
  static Answer<T> none() {
    Error gone{0, "no container engine answers here", "start it"};
    Outcome<T> outcome = gone;
    co_return outcome;
  }

  Capabilities capabilities_;
  std::string name_ = "none";
};

}  // namespace runtime::engine::test
