#include "runtime/supervise/life.hpp"

#include <algorithm>

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
  hopeless_ = false;
  if (image_ == Image::failed) image_ = Image::none;
  for (auto& slot : slots_) {
    slot.starts = Starts::allowed;
    slot.back_off_ticket = ++last_ticket_;
    slot.back_off.forgive();
    if (slot.next != Next::none) slot.next = Next::failed;  // it fulfils an older wish
  }
}

void Life::set_replicas(std::size_t count) {
  replicas_ = std::max<std::size_t>(count, 1);
  if (slots_.size() < replicas_) slots_.resize(replicas_);
}

void Life::go_back(bool left) noexcept {
  const bool serves = any_serves(slots_.size());
  image_ = serves || left ? Image::built : Image::failed;
  hopeless_ = false;
  if (serves) proven_ = true;
  for (auto& slot : slots_) {
    slot.back_off_ticket = ++last_ticket_;
    slot.starts = Starts::allowed;
    if (slot.next != Next::none) slot.next = Next::failed;
    if (slot.serving_revision != 0) slot.serving_revision = revision_;
  }
}

void Life::adopt(std::size_t slot, bool wanted, bool frozen) noexcept {
  // Some frozen and some not: we died between the two. The gateway had been asked before the first.
  const bool first = !any_serves(slots_.size());
  if (first)
    power_ = frozen ? Power::frozen : Power::awake;
  else if (frozen != (power_ == Power::frozen))
    power_ = Power::quiet;
  slots_[slot].serving_revision = wanted ? revision_ : adopted_older;
  proven_ = proven_ || wanted;
}

Life::Ticket Life::begin_build() noexcept {
  image_ = Image::building;
  return ++build_ticket_;
}

void Life::cancel_build() noexcept { image_ = Image::none; }

Life::Ticket Life::begin_start(std::size_t slot) noexcept {
  slots_[slot].next = Next::starting;
  return slots_[slot].start_ticket = ++last_ticket_;
}

void Life::switch_over(std::size_t slot) noexcept {
  slots_[slot].serving_revision = revision_;
  slots_[slot].next = Next::none;
  proven_ = true;
}

void Life::nobody_serves(Slot& slot) noexcept {
  slot.serving_revision = 0;
  // What the next container finds is a gateway that it is fed to, whatever the one before slept.
  if (!any_serves(slots_.size())) power_ = Power::awake;
}

void Life::stop_serving(std::size_t slot) noexcept { nobody_serves(slots_[slot]); }

void Life::busy() noexcept {
  if (want_ == Want::sleeping) want_ = Want::running;
}

bool Life::build_ended(Ticket build, bool built) noexcept {
  if (!build_wanted(build)) return false;
  image_ = built ? Image::built : Image::failed;
  return true;
}

void Life::build_lost(Ticket build) noexcept {
  if (build_wanted(build)) image_ = Image::none;
}

void Life::keep() noexcept {
  for (auto& slot : slots_)
    if (slot.serving_revision != 0) slot.serving_revision = revision_;
  proven_ = true;
}

bool Life::start_ready(Ticket start) noexcept {
  if (!start_wanted(start)) return false;
  slots_[slot_of(start)].next = Next::ready;
  return true;
}

Verdict Life::after_crash(Slot& slot, Time now) {
  if (engine_ == Engine::gone) return {Verdict::Kind::put_off, {}, 0};
  const auto wait = slot.back_off.crashed(now);
  slot.back_off_ticket = ++last_ticket_;
  slot.starts = wait ? Starts::waiting : Starts::given_up;
  if (!wait) return {Verdict::Kind::given_up, {}, 0};
  return {Verdict::Kind::again, *wait, slot.back_off_ticket};
}

Verdict Life::start_failed(Ticket start, Time now) {
  if (!start_wanted(start)) return {};
  Slot& slot = slots_[slot_of(start)];
  slot.next = Next::failed;
  // What has never answered will hardly do so at a second try; what has may have met with an accident.
  if (proven_ || engine_ == Engine::gone) return after_crash(slot, now);
  hopeless_ = true;
  return {Verdict::Kind::given_up, {}, 0};
}

bool Life::hopeless() const noexcept { return image_ == Image::failed || hopeless_; }

Verdict Life::serving_ended(std::size_t slot, Time now) {
  const bool wanted = slots_[slot].serving_revision == revision_;
  nobody_serves(slots_[slot]);
  // An older one is not counted against the one that is on its way to take over.
  return wanted ? after_crash(slots_[slot], now) : Verdict{};
}

bool Life::evicted(std::size_t number, bool serving) noexcept {
  Slot& slot = slots_[number];
  if (serving) {
    const bool wanted = slot.serving_revision == revision_;
    nobody_serves(slot);
    if (!wanted) return false;
  } else {
    if (slot.next != Next::starting && slot.next != Next::ready) return false;
    slot.next = Next::failed;
    hopeless_ = hopeless_ || !proven_;
  }
  slot.starts = Starts::given_up;
  return true;
}

void Life::back_off_over(Ticket back_off) noexcept {
  for (auto& slot : slots_)
    if (back_off == slot.back_off_ticket && slot.starts == Starts::waiting) slot.starts = Starts::allowed;
}

std::size_t Life::slot_of(Ticket start) const noexcept {
  const auto found = std::find_if(slots_.begin(), slots_.end(), [start](const Slot& slot) {
    return slot.next == Next::starting && start == slot.start_ticket;
  });
  return static_cast<std::size_t>(found - slots_.begin());
}

bool Life::any_serves(std::size_t slots) const noexcept {
  return std::any_of(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(slots),
                     [](const Slot& slot) { return slot.serving_revision != 0; });
}

Serving Life::serving(const Slot& slot) const noexcept {
  if (slot.serving_revision == 0) return Serving::none;
  return slot.serving_revision == revision_ ? Serving::wanted : Serving::older;
}

Observed Life::observed(const Slot& slot) const noexcept {
  Observed seen;
  seen.image = image_;
  seen.next = slot.next;
  seen.serving = serving(slot);
  seen.starts = hopeless_ ? Starts::given_up : slot.starts;
  seen.engine = engine_;
  seen.power = power_;
  seen.rest = rest_;
  return seen;
}

// The Space serves when one replica does; it has not arrived while one of an earlier version still serves.
Observed Life::observed() const noexcept {
  Observed all = observed(slots_.front());
  bool hope = false;
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    const Observed seen = observed(slots_[i]);
    if (seen.serving == Serving::older) all.serving = Serving::older;
    if (seen.serving == Serving::wanted && all.serving == Serving::none) all.serving = Serving::wanted;
    const bool under_way = seen.next == Next::starting || seen.next == Next::ready;
    if (under_way || all.next == Next::none) all.next = seen.next;
    hope = hope || (i < replicas_ && seen.serving != Serving::wanted && seen.starts != Starts::given_up);
    if (i < replicas_ && seen.starts != Starts::given_up) all.starts = seen.starts;
  }
  if (!hope) all.starts = Starts::given_up;
  return all;
}

bool Life::may_start(std::size_t slot) const noexcept {
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    if (i == slot || slots_[i].next == Next::none) continue;
    // A version that has not answered yet is tried in one place, and it takes the place of others one by one.
    if (!proven_ || serving(slots_[slot]) == Serving::older) return false;
  }
  return true;
}

Action Life::action(std::size_t slot) const noexcept {
  const Observed seen = observed(slots_[slot]);
  if (want_ == Want::running && slot >= replicas_) return decide_surplus(seen, any_serves(replicas_));
  const Action action = decide(want_, seen);
  return action == Action::start_next && !may_start(slot) ? Action::nothing : action;
}

Step Life::next_step() const noexcept {
  Step step;
  bool all_gone = true;
  for (std::size_t i = 0; i != slots_.size(); ++i) {
    const Action wanted = action(i);
    all_gone = all_gone && wanted == Action::erase;
    if (step.action == Action::nothing && wanted != Action::erase) step = {wanted, i};
  }
  return all_gone ? Step{Action::erase, 0} : step;
}

}  // namespace runtime::supervise
