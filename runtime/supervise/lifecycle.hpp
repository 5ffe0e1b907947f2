#pragma once
// The life of one replica of a Space as a decision: what is wanted and what is seen go in, the next action comes out. No clock,
// no I/O; `life` keeps the picture of all replicas and `space` performs. Every call looks at the whole picture, so a lost event
// costs nothing: the next one decides the same.

#include <cstdint>
#include <string_view>

#include "runtime/supervise/stage.hpp"

namespace runtime::supervise {

/// What is wanted of the Space.
enum class Want : std::uint8_t {
  running,   ///< the wanted deployment serves
  sleeping,  ///< it rests, as deep as `Rest` says; the next visitor changes the want
  paused,    ///< nothing runs and nothing is built
  deleted,   ///< nothing of it remains
};

/// The folder of the Space, as far as the wanted deployment needs it.
enum class Source : std::uint8_t {
  good,         ///< it can be built, or an image of it exists
  no_app_file,  ///< there is no Dockerfile
  bad_config,   ///< README.md cannot be used
};

/// The image of the wanted deployment.
enum class Image : std::uint8_t {
  none,      ///< not built yet
  building,  ///< a build is under way
  failed,    ///< the build failed; only the owner can change that
  built,     ///< it exists
};

/// The container that shall take over, of the wanted deployment.
enum class Next : std::uint8_t {
  none,      ///< there is none
  starting,  ///< it was started and does not answer yet
  ready,     ///< it answers
  failed,    ///< it ended, could not be started or did not answer in time
};

/// The container that takes the traffic.
enum class Serving : std::uint8_t {
  none,    ///< nobody
  older,   ///< one of an earlier deployment or an earlier restart
  wanted,  ///< the one that is wanted
};

/// How deep a Space sleeps.
enum class Rest : std::uint8_t {
  frozen,   ///< its containers stay, without a share of the processor: the first answer comes some 25 ms after the wake
  stopped,  ///< nothing of it runs: a wake is a start
};

/// What the containers that serve are doing. One word for all replicas: the gateway holds the requests of a Space as a whole.
enum class Power : std::uint8_t {
  awake,   ///< they answer
  quiet,   ///< they could, but the gateway holds every new request, and none is under way
  frozen,  ///< they are frozen, behind a gateway that holds
};

/// May a container be started?
enum class Starts : std::uint8_t {
  allowed,   ///< now
  waiting,   ///< it ended; the back-off runs
  given_up,  ///< it ended too often, or its first start failed; only the owner can change that
};

/// Does the container engine answer?
enum class Engine : std::uint8_t {
  answers,  ///< yes
  gone,     ///< no: what needs it waits until it is back
};

struct Observed {
  Source source = Source::good;
  Image image = Image::none;
  Next next = Next::none;
  Serving serving = Serving::none;
  Starts starts = Starts::allowed;
  Engine engine = Engine::answers;
  Power power = Power::awake;
  Rest rest = Rest::frozen;
  friend bool operator==(const Observed&, const Observed&) = default;
};

enum class Action : std::uint8_t {
  nothing,       ///< all is as it should be, or something under way will report
  build,         ///< begin to build the wanted deployment
  cancel_build,  ///< nobody wants the build that is under way
  start_next,    ///< create and start a container and begin to probe it
  discard_next,  ///< remove the container that was to take over
  switch_over,   ///< the next container takes the traffic; the old one is drained and removed after it
  quiesce,       ///< have the gateway hold new requests, if nobody is being served
  freeze,        ///< freeze what serves
  wake,          ///< let what serves go on, and the gateway too
  stop_serving,  ///< take the traffic away and remove the container
  erase,         ///< nothing runs any more: forget the Space
};
std::string_view name(Action) noexcept;

/// The one next thing to do for a replica.
Action decide(Want want, const Observed& observed) noexcept;
/// The same for a replica beyond the number that is wanted; `covered`: another one serves, so that its end leaves no gap.
Action decide_surplus(const Observed& observed, bool covered) noexcept;

/// What people are shown for the picture of all replicas together (`Life::observed`).
Stage stage(Want want, const Observed& observed) noexcept;

}  // namespace runtime::supervise
