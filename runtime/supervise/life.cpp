#include "runtime/supervise/life.hpp"

namespace runtime::supervise {
namespace {

// An adopted container of an earlier deployment serves, but fulfils no wish of this run; wishes count from 2 on, so that it
// differs from "there is none" too.
constexpr std::uint64_t adopted_older = 1;

}  // namespace

void Life::deploy() {
  image_ = Image::none;
  restart();
}

void Life::roll_back() {
  restart();
  image_ = Image::built;
}

void Life::restart() {
  ++revision_;
  proven_ = false;
  starts_ = Starts::allowed;
  ++back_off_ticket_;
  back_off_.forgive();
  if (image_ == Image::failed) image_ = Image::none;
  if (next_ != Next::none) next_ = Next::failed;  // it fulfils an older wish
}

void Life::go_back(bool left) noexcept {
  ++back_off_ticket_;
  image_ = serving_revision_ != 0 || left ? Image::built : Image::failed;
  starts_ = Starts::allowed;
  if (next_ != Next::none) next_ = Next::failed;
  if (serving_revision_ == 0) return;
  serving_revision_ = revision_;
  proven_ = true;
}

void Life::adopt(bool wanted) noexcept {
  serving_revision_ = wanted ? revision_ : adopted_older;
  proven_ = wanted;
}

Life::Ticket Life::begin_build() noexcept {
  image_ = Image::building;
  return ++build_ticket_;
}

void Life::cancel_build() noexcept { image_ = Image::none; }

Life::Ticket Life::begin_start() noexcept {
  next_ = Next::starting;
  return ++start_ticket_;
}

void Life::switch_over() noexcept {
  serving_revision_ = revision_;
  next_ = Next::none;
  proven_ = true;
}

bool Life::build_ended(Ticket build, bool built) noexcept {
  if (!build_wanted(build)) return false;
  image_ = built ? Image::built : Image::failed;
  return true;
}

bool Life::start_ready(Ticket start) noexcept {
  if (!start_wanted(start)) return false;
  next_ = Next::ready;
  return true;
}

Verdict Life::after_crash(Time now) {
  if (engine_ == Engine::gone) return {Verdict::Kind::put_off, {}, 0};
  const auto wait = back_off_.crashed(now);
  ++back_off_ticket_;
  starts_ = wait ? Starts::waiting : Starts::given_up;
  if (!wait) return {Verdict::Kind::given_up, {}, 0};
  return {Verdict::Kind::again, *wait, back_off_ticket_};
}

Verdict Life::start_failed(Ticket start, Time now) {
  if (!start_wanted(start)) return {};
  next_ = Next::failed;
  // What has never answered will hardly do so at a second try; what has may have met with an accident.
  if (proven_ || engine_ == Engine::gone) return after_crash(now);
  starts_ = Starts::given_up;
  ++back_off_ticket_;
  return {Verdict::Kind::given_up, {}, 0};
}

Verdict Life::serving_ended(Time now) {
  const bool wanted = serving_revision_ == revision_;
  serving_revision_ = 0;
  // An older one is not counted against the one that is on its way to take over.
  return wanted ? after_crash(now) : Verdict{};
}

void Life::back_off_over(Ticket back_off) noexcept {
  if (back_off == back_off_ticket_ && starts_ == Starts::waiting) starts_ = Starts::allowed;
}

Observed Life::observed() const noexcept {
  Observed seen;
  seen.image = image_;
  seen.next = next_;
  seen.starts = starts_;
  seen.engine = engine_;
  if (serving_revision_ != 0) seen.serving = serving_revision_ == revision_ ? Serving::wanted : Serving::older;
  return seen;
}

}  // namespace runtime::supervise
