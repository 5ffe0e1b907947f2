#include "loadtest/drive/carrier.hpp"

#include "loadtest/drive/generator.hpp"
#include "loadtest/drive/pool.hpp"

namespace loadtest::drive {
namespace {

// Of one connection in one turn of the loop; then others have theirs.
constexpr int reads_a_turn = 16;

}  // namespace

Carrier::Carrier(Pool& pool, std::uint32_t origin)
    : pool_(pool),
      origin_(origin),
      address_(pool.preferred(origin)),
      reading_(pool.transport().read_rate),
      writing_(pool.transport().write_rate) {}

Carrier::~Carrier() {
  close();
  if (self_) *self_ = nullptr;
}

void Carrier::close() noexcept {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  if (channel_) pool_.generator().poller().close(channel_->close());
}

std::size_t Carrier::room() const noexcept {
  if (phase_ != Phase::open) return 0;
  const auto most = pool_.most_requests();
  const std::size_t room = talk_->room();
  return most == 0 ? room : std::min<std::size_t>(room, most - served_);
}

void Carrier::ready(std::uint32_t events) noexcept {
  pool_.generator().handles();
  if (channel_ && events != 0) channel_->socket().heard(events);
  switch (phase_) {
    case Phase::connecting:
      return finish_connect(events);
    case Phase::securing:
      return shake_hands();
    case Phase::introducing:
    case Phase::open:
      return converse();
    case Phase::failed:
      return fail(std::move(refusal_));
    case Phase::closed:
      break;
  }
}

bool Carrier::begin(Flight& flight) {
  if (!talk_->begin(flight)) return false;
  flight.carrier = this;
  flight.sample.reused = served_ != 0;
  ++served_;
  leaving_.push_back(&flight);
  if (in_turn_) return true;
  // What several requests of a turn say on one connection leaves together; with one at a time there is nothing to wait for.
  if (pool_.per_connection() == 1)
    flush();
  else
    pool_.generator().poller().at_end(*this);
  return true;
}

void Carrier::give_up(Flight& flight) {
  std::erase(leaving_, &flight);
  if (talk_->give_up(flight)) {
    pool_.generator().poller().at_end(*this);
    return;
  }
  // The others on it, if there are any, end as on a connection that broke.
  talk_->ended(false, pool_.generator().now(), landed_);
  peer_ended_ = true;
  pool_.generator().poller().defer(*this);
}

void Carrier::converse() {
  in_turn_ = true;
  read();
  if (phase_ == Phase::introducing) {
    if (talk_->introduced()) {
      phase_ = Phase::open;
      pool_.opened(*this);
    } else if (peer_ended_ || !talk_->goes_on()) {
      return fail({Ending::malformed, pool_.place(origin_).name + " does not take WebSockets", 0});
    }
  }
  const bool used_up = peer_ended_ || (flying() == 0 && (!talk_->goes_on() || pool_.used_up(*this)));
  if (used_up) {
    close();
    pool_.gone(*this);
  }
  land();
  // It may have had to make room for one to another origin.
  if (phase_ != Phase::closed) flush();
  in_turn_ = false;
}

void Carrier::woken() noexcept { pool_.generator().poller().defer(*this); }

/// Of so many bytes those that may move now. A slow client goes on with the rest by itself.
std::size_t Carrier::share(Pace& pace, std::size_t most) noexcept {
  auto& generator = pool_.generator();
  // Before the run nobody is slow: its clock does not count yet.
  if (!pace.limited() || !generator.started()) return most;
  const std::size_t room = pace.share(most, generator.now());
  if (room == 0) generator.naps().add(*this, pace.rests_until());
  return room;
}

void Carrier::read() {
  auto& generator = pool_.generator();
  for (int i = 0; !peer_ended_ && channel_->readable(); ++i) {
    if (i == reads_a_turn) return generator.poller().defer(*this);
    const auto scratch = generator.scratch().first(share(reading_, generator.scratch().size()));
    if (scratch.empty()) return;
    const auto step = channel_->read(scratch);
    if (step.went == Channel::Went::nothing) return;
    const Nanoseconds at = generator.now();
    reading_.moved(step.bytes);
    if (step.went == Channel::Went::some) {
      talk_->received(scratch.first(step.bytes), at, landed_);
      continue;
    }
    peer_ended_ = true;
    talk_->ended(step.went == Channel::Went::ended, at, landed_);
  }
}

// Room first: who waits for a connection has waited longer than those who follow what has just ended.
void Carrier::land() {
  if (phase_ == Phase::open) pool_.has_room(*this);
  if (landed_.empty()) return;
  auto& landed = pool_.generator().landing();
  landed.swap(landed_);
  for (std::size_t i = 0; i != landed.size(); ++i) {
    Flight& flight = *landed[i];
    if (!leaving_.empty()) std::erase(leaving_, &flight);
    flight.carrier = nullptr;
    pool_.landed(flight);
  }
  landed.clear();
}

void Carrier::flush() {
  auto& generator = pool_.generator();
  for (auto out = talk_->output(); !out.empty(); out = talk_->output()) {
    const std::size_t room = share(writing_, out.size());
    if (room == 0) return;
    const Nanoseconds now = generator.now();
    for (auto* flight : leaving_)
      if (flight->sample.sending == measure::never) flight->sample.sending = now;
    const auto step = channel_->write(out.first(room));
    // Of a connection that is broken reading tells, after what the peer may have said before.
    if (step.went != Channel::Went::some) return;
    talk_->wrote(step.bytes);
    writing_.moved(step.bytes);
  }
  if (!leaving_.empty()) stamp_sent();
}

void Carrier::stamp_sent() noexcept {
  const Nanoseconds now = pool_.generator().now();
  std::erase_if(leaving_, [now](Flight* flight) {
    if (!flight->written_out) return false;
    flight->sample.sent = now;
    return true;
  });
}

}  // namespace loadtest::drive
