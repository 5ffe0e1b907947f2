#include "loadtest/drive/pool.hpp"

#include <cerrno>

#include "gateway/net/dialer_client.hpp"
#include "loadtest/drive/generator.hpp"

namespace loadtest::drive {
namespace {

// A WebSocket whose echoes are slower than its messages: so many wait for theirs.
constexpr std::size_t most_unechoed = 1024;

bool speaks_http2(const plan::Transport& transport) noexcept {
  return transport.protocol == plan::Protocol::http2 || transport.protocol == plan::Protocol::h2c ||
         transport.protocol == plan::Protocol::negotiated;
}

// Connections that are being made at the same time. Behind a hiccup, of the server or of ours, thousands of requests find none free; a
// connection for each would be a storm that keeps both from ever catching up, and most would find one free soon.
constexpr std::size_t most_opening = 128;

std::size_t requests_at_once(const LanePlan& lane) noexcept {
  if (lane.paced_sockets) return most_unechoed;
  return speaks_http2(lane.transport) ? std::max(1U, lane.transport.streams) : 1;
}

}  // namespace

Pool::Pool(Generator& generator, const LanePlan& lane, unsigned most, bool drop_on_overflow)
    : generator_(generator),
      lane_(lane),
      most_(most),
      drop_(drop_on_overflow),
      per_connection_(requests_at_once(lane)),
      evicts_(most != 0 && lane.prepared.origins.size() > 1),
      shelves_(lane.prepared.origins.size()) {
  for (std::uint32_t origin = 0; origin != shelves_.size(); ++origin) shelves_[origin].origin = origin;
  for (const auto& origin : lane.prepared.origins)
    if (origin.secure() && !tls_) tls_ = std::make_unique<TlsClient>(lane.transport);
}

Pool::~Pool() { close(); }

void Pool::close() {
  for (auto& carrier : all_) carrier->close();
  all_.clear();
}

void Pool::close_idle() {
  for (auto& shelf : shelves_) {
    while (Carrier* carrier = roomy(shelf)) {
      carrier->close();
      bury(*carrier);
    }
  }
}

void Pool::equip(Flight& flight) {
  flight.timing = &timing;
  if (lane_.expect.any() && !flight.check) flight.check = std::make_unique<BodyCheck>(lane_.expect);
  if (lane_.transport.protocol == plan::Protocol::events && !flight.scanner) flight.scanner = std::make_unique<EventScanner>();
}

const Prepared& Pool::introduction(std::uint32_t origin) const noexcept {
  for (const auto& target : lane_.prepared.targets)
    if (target->origin == origin) return *target;
  return *lane_.prepared.targets.front();
}

gw::net::ContainerDialer& Pool::dialer() {
  if (!dialer_) dialer_ = std::make_unique<gw::net::DialerClient>(generator_.worker(), lane_.transport.dialer);
  return *dialer_;
}

std::unique_ptr<gw::net::TlsSession> Pool::tls_session(gw::net::ReadySocket& socket, std::uint32_t origin) {
  return tls_->connect(socket, lane_.prepared.origins[origin].host, *shelves_[origin].ticket);
}

void Pool::has_secured(const gw::net::TlsSession& session) {
  ++facts.handshakes;
  if (session.resumed()) ++facts.resumed;
  facts.tls = session.version();
}

void Pool::open_ahead(unsigned connections) {
  ahead_ = most_ == 0 ? connections : std::min(connections, most_);
  open_more_ahead();
}

void Pool::open_more_ahead() {
  for (; ahead_ != 0 && opening_ < most_opening; --ahead_) open_one(ahead_ % static_cast<std::uint32_t>(shelves_.size()));
}

void Pool::open_one(std::uint32_t origin) {
  auto& carrier = *all_.emplace_back(std::make_unique<Carrier>(*this, origin));
  carrier.number(all_.size() - 1);
  ++shelves_[origin].opening;
  ++opening_;
  ++carriers_;
  facts.most_open = std::max(facts.most_open, carriers_);
  carrier.open();
}

/// A connection with room, the one that was used last: those that are too many stay idle.
Carrier* Pool::roomy(Shelf& shelf) noexcept {
  while (!shelf.roomy.empty()) {
    Carrier& carrier = lane_.paced_sockets ? shelf.roomy.front() : shelf.roomy.back();
    if (carrier.room() != 0) return &carrier;
    carrier.roomy.unlink();
  }
  return nullptr;
}

void Pool::dispatch(Flight& flight) {
  auto& shelf = shelf_of(flight);
  while (Carrier* carrier = roomy(shelf))
    if (send(shelf, *carrier, flight)) return;
  const bool connects_for_it = shelf.opening * per_connection_ > shelf.queued;
  if (drop_ && !connects_for_it && !may_open()) {
    ++generator_.facts().dropped;
    return give_up(flight, Ending::not_sent);
  }
  shelf.waiting.push_back(flight);
  ++shelf.queued;
  if (!provide(shelf)) ++facts.waited;
}

bool Pool::send(Shelf& shelf, Carrier& carrier, Flight& flight) {
  const bool first = carrier.served() == 0;
  if (!carrier.begin(flight)) {
    carrier.roomy.unlink();
    return false;
  }
  if (carrier.idle.is_linked()) carrier.idle.unlink();
  if (first && carrier.began() >= flight.sample.due) {
    flight.sample.connecting = carrier.began();
    flight.sample.connected = carrier.connected();
    flight.sample.secured = carrier.secured();
  }
  if (carrier.room() == 0) {
    if (carrier.roomy.is_linked()) carrier.roomy.unlink();
  } else if (lane_.paced_sockets && carrier.roomy.is_linked()) {
    carrier.roomy.unlink();
    shelf.roomy.push_back(carrier);
  }
  return true;
}

Flight& Pool::take_waiting(Shelf& shelf) noexcept {
  Flight& flight = shelf.waiting.front();
  shelf.waiting.pop_front();
  --shelf.queued;
  return flight;
}

/// Opens what those who wait for this origin need. False: some have to wait for others to end.
bool Pool::provide(Shelf& shelf) {
  if (starves(shelf) && !shelf.starving.is_linked()) starving_.push_back(shelf);
  return starving_.empty() || serve_starving() || !shelf.starving.is_linked();
}

// Whoever has to wait here is served when a connection is made, or not, or has ended, or is idle: whatever its origin.
bool Pool::serve_starving() {
  while (!starving_.empty()) {
    Shelf& shelf = starving_.front();
    if (!starves(shelf)) {
      starving_.pop_front();
      continue;
    }
    if (opening_ >= most_opening) return true;
    if (!may_open()) return false;
    starving_.pop_front();
    starving_.push_back(shelf);
    open_one(shelf.origin);
  }
  return true;
}

/// May there be one connection more? The one that has been idle longest makes room.
bool Pool::may_open() noexcept {
  if (most_ == 0 || carriers_ < most_) return true;
  if (idle_.empty()) return false;
  Carrier& carrier = idle_.front();
  carrier.close();
  bury(carrier);
  return true;
}

void Pool::opened(Carrier& carrier) {
  --shelves_[carrier.origin()].opening;
  --opening_;
  ++facts.opened;
  open_more_ahead();
}

void Pool::has_room(Carrier& carrier) {
  auto& shelf = shelves_[carrier.origin()];
  while (shelf.queued != 0 && carrier.room() != 0) {
    Flight& flight = take_waiting(shelf);
    if (send(shelf, carrier, flight)) continue;
    shelf.waiting.push_front(flight);
    ++shelf.queued;
    break;
  }
  if (shelf.queued == 0 && carrier.room() != 0 && !carrier.roomy.is_linked()) shelf.roomy.push_back(carrier);
  if (evicts_ && carrier.flying() == 0 && !carrier.idle.is_linked()) idle_.push_back(carrier);
  // Here, if it took fewer than it might have: the peer allows fewer. Elsewhere, if it is idle: it may be closed for them.
  provide(shelf);
}

void Pool::count_problem(const Refusal& refusal) {
  ++facts.refused;
  problem_ = refusal.reason;
  if (refusal.error == EADDRNOTAVAIL) ++generator_.facts().no_ports;
  if (refusal.error == EMFILE || refusal.error == ENFILE) ++generator_.facts().no_descriptors;
}

// Who has waited longest waited for this one, and is told.
void Pool::failed(Carrier& carrier, const Refusal& refusal) {
  auto& shelf = shelves_[carrier.origin()];
  --shelf.opening;
  --opening_;
  count_problem(refusal);
  if (facts.opened == 0) ahead_ = 0;  // the others would not fare better
  open_more_ahead();
  const Nanoseconds began = carrier.began();
  bury(carrier);
  for (std::size_t i = 0; i != per_connection_ && shelf.queued > shelf.opening * per_connection_; ++i) {
    Flight& flight = take_waiting(shelf);
    flight.sample.connecting = std::max(began, flight.sample.due);
    flight.end(refusal.ending, generator_.now());
    generator_.over(flight);
  }
  provide(shelf);
}

void Pool::gone(Carrier& carrier) {
  const auto origin = carrier.origin();
  bury(carrier);
  provide(shelves_[origin]);
}

bool Pool::used_up(const Carrier& carrier) const noexcept {
  return most_requests() != 0 && carrier.served() >= most_requests();
}

/// It is deleted when nobody is inside it any more.
void Pool::bury(Carrier& carrier) {
  if (carrier.roomy.is_linked()) carrier.roomy.unlink();
  if (carrier.idle.is_linked()) carrier.idle.unlink();
  const std::size_t at = carrier.number();
  auto owned = std::move(all_[at]);
  if (at + 1 != all_.size()) {
    all_[at] = std::move(all_.back());
    all_[at]->number(at);
  }
  all_.pop_back();
  --carriers_;
  generator_.bury(std::move(owned));
}

/// Of a connection that was not accepted in so long the kernel tries again ever more rarely: a new one would be there sooner. One that
/// nobody waits for any more only keeps others from being made.
void Pool::close_one_that_opens(std::uint32_t origin) {
  const bool any = shelves_[origin].queued == 0;
  for (auto& carrier : all_) {
    if (!carrier->opening() || carrier->origin() != origin) continue;
    if (!any && carrier->began() + generator_.load().timeout > generator_.now()) continue;
    --shelves_[origin].opening;
    --opening_;
    ++facts.refused;
    problem_ = place(origin).name + ": does not accept connections";
    carrier->close();
    return bury(*carrier);
  }
}

bool Pool::may_retry(const Flight& flight) const noexcept { return flight.refused && !flight.retried && !generator_.ending(); }

void Pool::landed(Flight& flight) {
  if (!may_retry(flight)) return generator_.over(flight);
  ++facts.stale;
  flight.begin_again();
  flight.retried = true;
  dispatch(flight);
}

void Pool::give_up(Flight& flight, Ending ending) {
  if (flight.carrier != nullptr) {
    flight.carrier->give_up(flight);
    flight.carrier = nullptr;
  } else if (flight.waiting.is_linked()) {
    auto& shelf = shelf_of(flight);
    flight.waiting.unlink();
    --shelf.queued;
    if (ending == Ending::timed_out && shelf.opening != 0) {
      ending = Ending::no_connection;
      close_one_that_opens(flight.prepared->origin);
    }
  }
  flight.end(ending, generator_.now());
  generator_.over(flight);
}

}  // namespace loadtest::drive
