#pragma once
// The docker engine over its HTTP API (runtime calls only; the build has its own driver above).

#include <boost/json.hpp>

#include "gateway/net/address.hpp"
#include "runtime/engine/engine.hpp"

namespace runtime::engine {

class DockerEngine final : public Engine {
 public:
  DockerEngine(gw::net::Worker& worker, std::string endpoint, std::chrono::milliseconds patience);

  Answer<Version> negotiate() override;
  const Capabilities& capabilities() const noexcept override { return capabilities_; }
  const std::string& name() const noexcept override { return name_; }
  Answer<Info> info() override;

  Answer<std::string> create(ContainerSpec spec) override;
  Answer<> start(std::string id) override;
  Answer<Container> inspect(std::string id) override;
  Answer<> stop(std::string id, std::chrono::seconds patience) override;
  Answer<> kill(std::string id, std::string signal) override;
  Answer<> restart(std::string id, std::chrono::seconds patience) override;
  Answer<> pause(std::string id) override;
  Answer<> unpause(std::string id) override;
  Answer<int> wait(std::string id) override;
  Answer<> remove(std::string id) override;
  Answer<> update(std::string id, Limits limits) override;
  Answer<Stats> stats(std::string id) override;
  Answer<Bytes> written(std::string id) override;
  Answer<std::vector<ContainerSummary>> list(std::vector<std::string> labels) override;
  Answer<std::vector<ContainerSummary>> list_running(std::vector<std::string> labels) override;
  Answer<> logs(std::string id, LogOptions options, LogSink sink, Canceller* canceller) override;

  Answer<Network> create_network(NetworkSpec spec) override;
  Answer<Network> inspect_network(std::string name) override;
  Answer<> remove_network(std::string name) override;
  Answer<Volume> create_volume(VolumeSpec spec) override;
  Answer<Volume> inspect_volume(std::string name) override;
  Answer<> remove_volume(std::string name) override;
  Answer<std::vector<Volume>> list_volumes(std::vector<std::string> labels) override;
  Answer<std::vector<Network>> list_networks(std::vector<std::string> labels) override;

  Answer<Image> inspect_image(std::string name) override;
  Answer<> remove_image(std::string name, bool force) override;
  Answer<> tag_image(std::string name, std::string repository, std::string tag) override;
  Answer<std::vector<Image>> list_images(std::vector<std::string> labels) override;

  Answer<> events(EventFilter filter, EventSink sink, Canceller* canceller) override;
  Answer<> cancel_build(std::string build_id) override;
  Answer<Bytes> prune_builds(Bytes keep) override;

  Answer<std::unique_ptr<gw::http::ClientConnection>> connect(gw::http::ClientTimeouts silence) override;
  std::string path(std::string_view endpoint) const override;

 private:
  /// One request on a connection of its own, the whole answer as JSON (null when there was no body).
  Answer<boost::json::value> call(std::string method, std::string endpoint, std::string query, std::string body,
                                  std::chrono::milliseconds patience);
  Answer<boost::json::value> get(std::string endpoint, std::string query = {});
  Answer<> post(std::string endpoint, std::string query = {}, std::string body = {},
                std::chrono::seconds patience = std::chrono::seconds(120));
  Answer<> erase(std::string endpoint, std::string query = {});
  /// One GET whose answer is fed to `sink` as it comes.
  Answer<> stream(std::string endpoint, std::string query, std::function<bool(std::string_view)> sink, Canceller* canceller);
  Answer<> ensure_negotiated();
  Error unreachable(gw::net::Failure failure) const;

  gw::net::Worker& worker_;
  std::string name_;
  std::optional<gw::net::Address> address_;
  std::chrono::milliseconds patience_;
  std::string prefix_;
  Version version_;
  Capabilities capabilities_;
};

}  // namespace runtime::engine
