#pragma once
// The life of a Space as a decision: what is wanted and what is seen go in, the next action comes out. No clock, no I/O;
// `life` keeps the picture and `space` performs. Every call looks at the whole picture, so a lost event costs nothing: the next one decides the same.

#include <cstdint>
#include <string_view>

#include "runtime/supervise/stage.hpp"

namespace runtime::supervise {

/// What is wanted of the Space.
enum class Want : std::uint8_t {
  running,   ///< the wanted deployment serves
  sleeping,  ///< nothing runs; the next visitor changes the want
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
  friend bool operator==(const Observed&, const Observed&) = default;
};

enum class Action : std::uint8_t {
  nothing,       ///< all is as it should be, or something under way will report
  build,         ///< begin to build the wanted deployment
  cancel_build,  ///< nobody wants the build that is under way
  start_next,    ///< create and start a container and begin to probe it
  discard_next,  ///< remove the container that was to take over
  switch_over,   ///< the next container takes the traffic; the old one is removed after it
  stop_serving,  ///< take the traffic away and remove the container
  erase,         ///< nothing runs any more: forget the Space
};
std::string_view name(Action) noexcept;

/// The one next thing to do.
Action decide(Want want, const Observed& observed) noexcept;

/// What people are shown for the same picture.
Stage stage(Want want, const Observed& observed) noexcept;

}  // namespace runtime::supervise
