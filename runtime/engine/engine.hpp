#pragma once
// A container engine, as the runtime sees it. Every call waits on the worker of whoever awaits it, opens what connection it
// needs, and answers with an Outcome: nothing here throws for what the engine or the network does.

#include <functional>
#include <memory>
#include <vector>

#include "gateway/http/client.hpp"
#include "gateway/net/task.hpp"
#include "runtime/engine/error.hpp"
#include "runtime/engine/types.hpp"

namespace runtime::engine {

template <class T = void>
using Task = gw::net::Task<T>;
template <class T = void>
using Answer = Task<Outcome<T>>;

/// For what may take hours: a build, a log that is followed, events. A step that compiles says nothing for minutes.
inline constexpr gw::http::ClientTimeouts any_silence{gw::net::Duration(0), gw::net::Duration(0)};

class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// Reaches the engine and agrees on an API version; done by itself before the first call.
  virtual Answer<Version> negotiate() = 0;
  virtual const Capabilities& capabilities() const noexcept = 0;
  /// How people name this engine: `unix:///var/run/docker.sock`.
  virtual const std::string& name() const noexcept = 0;
  virtual Answer<Info> info() = 0;

  /// Answers the id. The image must be here already.
  virtual Answer<std::string> create(ContainerSpec spec) = 0;
  /// A start that fails leaves the container behind: delete it.
  virtual Answer<> start(std::string id) = 0;
  virtual Answer<Container> inspect(std::string id) = 0;
  /// Works on a paused container too. A container that does not run is no error.
  virtual Answer<> stop(std::string id, std::chrono::seconds patience) = 0;
  virtual Answer<> kill(std::string id, std::string signal) = 0;
  virtual Answer<> restart(std::string id, std::chrono::seconds patience) = 0;
  virtual Answer<> pause(std::string id) = 0;
  virtual Answer<> unpause(std::string id) = 0;
  /// Waits until it does not run; answers the exit code.
  virtual Answer<int> wait(std::string id) = 0;
  /// Removes it, running or not, with its anonymous volumes. One that does not exist is no error.
  virtual Answer<> remove(std::string id) = 0;
  virtual Answer<> update(std::string id, Limits limits) = 0;
  virtual Answer<Stats> stats(std::string id) = 0;
  /// Bytes that it has written outside its volumes. The engine walks through all of it.
  virtual Answer<Bytes> written(std::string id) = 0;
  /// All containers that carry every one of `labels` ("k=v"), as the lists of volumes, networks and images below. The engine is
  /// asked for the first of them: let it be the one that fewest have.
  virtual Answer<std::vector<ContainerSummary>> list(std::vector<std::string> labels) = 0;
  /// Those of them that run: not what is frozen, has ended or has not begun. The engine looks at these alone.
  virtual Answer<std::vector<ContainerSummary>> list_running(std::vector<std::string> labels) = 0;
  /// Feeds the container's output to `sink` until it ends, or `sink` returns false. To break off a follow from outside, call
  /// `abort` on the canceller (from the same thread).
  virtual Answer<> logs(std::string id, LogOptions options, LogSink sink, class Canceller* canceller) = 0;

  virtual Answer<Network> create_network(NetworkSpec spec) = 0;
  virtual Answer<Network> inspect_network(std::string name) = 0;
  virtual Answer<> remove_network(std::string name) = 0;
  virtual Answer<Volume> create_volume(VolumeSpec spec) = 0;
  virtual Answer<Volume> inspect_volume(std::string name) = 0;
  virtual Answer<> remove_volume(std::string name) = 0;
  virtual Answer<std::vector<Volume>> list_volumes(std::vector<std::string> labels) = 0;
  virtual Answer<std::vector<Network>> list_networks(std::vector<std::string> labels) = 0;

  virtual Answer<Image> inspect_image(std::string name) = 0;
  virtual Answer<> remove_image(std::string name, bool force) = 0;
  virtual Answer<> tag_image(std::string name, std::string repository, std::string tag) = 0;
  virtual Answer<std::vector<Image>> list_images(std::vector<std::string> labels) = 0;

  /// Feeds events to `sink` until the engine goes, `sink` returns false, or the canceller is used.
  virtual Answer<> events(EventFilter filter, EventSink sink, class Canceller* canceller) = 0;

  virtual Answer<> cancel_build(std::string build_id) = 0;
  /// Frees build cache down to `keep`; answers the bytes freed.
  virtual Answer<Bytes> prune_builds(Bytes keep) = 0;

  /// A connection of its own to the engine, for what does not fit the calls above (builds, sessions). `silence` is how long the
  /// engine may say nothing.
  virtual Answer<std::unique_ptr<gw::http::ClientConnection>> connect(gw::http::ClientTimeouts silence) = 0;
  /// `/v1.41` + path, once negotiated.
  virtual std::string path(std::string_view endpoint) const = 0;
};

/// Breaks off a call that streams. Belongs to the thread of the call; `abort` before the call begins ends it at once.
class Canceller {
 public:
  void abort() {
    aborted_ = true;
    if (action_) action_();
  }
  bool aborted() const noexcept { return aborted_; }
  /// For the engine: what ends the call under way. An empty function takes it back.
  void arm(std::function<void()> action) { action_ = std::move(action); }

 private:
  std::function<void()> action_;
  bool aborted_ = false;
};

/// The docker engine (or podman's likeness of it) behind a UNIX socket or `tcp://HOST:PORT`. `endpoint` as in DOCKER_HOST;
/// empty: `unix:///var/run/docker.sock`. Belongs to `worker`'s thread. An engine that accepts but does not even say who it is
/// within `patience` counts as one that does not answer.
std::unique_ptr<Engine> make_docker_engine(gw::net::Worker& worker, std::string endpoint,
                                           std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace runtime::engine
