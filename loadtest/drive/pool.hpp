#pragma once
// The connections of one lane in one thread, and the requests that wait for one.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/connect.hpp"
#include "loadtest/drive/carrier.hpp"
#include "loadtest/drive/facts.hpp"
#include "loadtest/drive/occupancy.hpp"
#include "loadtest/drive/places.hpp"
#include "loadtest/drive/tls_client.hpp"

namespace loadtest::drive {

class Generator;

/// A lane as all threads share it: looked up and serialised before they begin.
struct LanePlan {
  plan::Transport transport;
  plan::Expectation expect;
  PreparedLane prepared;
  std::uint32_t number = 0;    ///< its place among the lanes
  std::vector<Place> places;   ///< of its origins
  bool paced_sockets = false;  ///< WebSockets with a rate of their own: messages go round them and overtake echoes
};

class Pool {
 public:
  /// `most`: connections at once; 0: as many as are needed.
  Pool(Generator& generator, const LanePlan& lane, unsigned most, bool drop_on_overflow);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  measure::Recorder recorder;
  LaneFacts facts;
  Occupancy occupancy;
  ServerTiming timing;

  /// Opens connections before anybody needs them, spread over the origins.
  void open_ahead(unsigned connections);
  /// Are some still being made?
  bool opening() const noexcept { return opening_ != 0 || ahead_ != 0; }
  /// Sends it now or as soon as there is a connection for it.
  void dispatch(Flight& flight);
  /// Ends it: nobody waits for its answer any more.
  void give_up(Flight& flight, Ending ending);
  /// The last thing that went wrong with making a connection, in words.
  const std::string& problem() const noexcept { return problem_; }
  std::uint64_t open() const noexcept { return carriers_; }
  const LanePlan& lane() const noexcept { return lane_; }
  /// A body check and a scanner, if its answers need them.
  void equip(Flight& flight);
  /// Opens connections for those who wait, as many as may be: each origin in turn gets one. False: there are as many as may be, and not
  /// one is idle.
  bool serve_starving();
  /// Closes those that carry nothing.
  void close_idle();
  /// Closes everything; nothing is told any more.
  void close();

  // From its carriers.

  void opened(Carrier& carrier);
  void failed(Carrier& carrier, const Refusal& refusal);
  void has_room(Carrier& carrier);
  void gone(Carrier& carrier);
  void landed(Flight& flight);
  bool used_up(const Carrier& carrier) const noexcept;
  Generator& generator() noexcept { return generator_; }
  const plan::Transport& transport() const noexcept { return lane_.transport; }
  const Place& place(std::uint32_t origin) const noexcept { return lane_.places[origin]; }
  bool secure(std::uint32_t origin) const noexcept { return lane_.prepared.origins[origin].secure(); }
  std::unique_ptr<gw::net::TlsSession> tls_session(gw::net::ReadySocket& socket, std::uint32_t origin);
  void has_secured(const gw::net::TlsSession& session);
  void speaks(std::string_view protocol) { facts.protocol = protocol; }
  const Prepared& introduction(std::uint32_t origin) const noexcept;
  gw::net::ContainerDialer& dialer();
  /// The address of the origin that took the last connection.
  std::size_t preferred(std::uint32_t origin) const noexcept { return shelves_[origin].preferred; }
  void prefer(std::uint32_t origin, std::size_t address) noexcept { shelves_[origin].preferred = address; }
  std::uint64_t most_requests() const noexcept { return lane_.transport.keep_alive ? lane_.transport.most_requests : 1; }
  /// Requests at once on one connection.
  std::size_t per_connection() const noexcept { return per_connection_; }

 private:
  using Roomy = boost::intrusive::list<Carrier, boost::intrusive::member_hook<Carrier, Carrier::Hook, &Carrier::roomy>,
                                       boost::intrusive::constant_time_size<false>>;
  using Idle = boost::intrusive::list<Carrier, boost::intrusive::member_hook<Carrier, Carrier::Hook, &Carrier::idle>,
                                      boost::intrusive::constant_time_size<false>>;
  /// What belongs to one origin.
  struct Shelf {
    std::uint32_t origin = 0;
    Carrier::Hook starving;  ///< among those for whom too few connections are being made
    Roomy roomy;
    Queue waiting;
    std::size_t queued = 0;   ///< how many wait
    std::size_t opening = 0;  ///< connections that are being made
    std::size_t preferred = 0;
    std::unique_ptr<TlsClient::Ticket> ticket = std::make_unique<TlsClient::Ticket>();
  };

  using Starving = boost::intrusive::list<Shelf, boost::intrusive::member_hook<Shelf, Carrier::Hook, &Shelf::starving>,
                                          boost::intrusive::constant_time_size<false>>;

  Shelf& shelf_of(const Flight& flight) noexcept { return shelves_[flight.prepared->origin]; }
  Carrier* roomy(Shelf& shelf) noexcept;
  bool send(Shelf& shelf, Carrier& carrier, Flight& flight);
  Flight& take_waiting(Shelf& shelf) noexcept;
  bool starves(const Shelf& shelf) const noexcept { return shelf.queued > shelf.opening * per_connection_; }
  bool provide(Shelf& shelf);
  bool may_open() noexcept;
  void open_one(std::uint32_t origin);
  void open_more_ahead();
  void bury(Carrier& carrier);
  void close_one_that_opens(std::uint32_t origin);
  void count_problem(const Refusal& refusal);
  bool may_retry(const Flight& flight) const noexcept;

  Generator& generator_;
  const LanePlan& lane_;
  const unsigned most_;
  const bool drop_;
  const std::size_t per_connection_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<gw::net::ContainerDialer> dialer_;
  const bool evicts_;           ///< an idle connection may have to make room for one to another origin
  Starving starving_;           ///< who was served last is last
  Idle idle_;                   ///< the one that has been idle longest first; if `evicts_`
  std::vector<Shelf> shelves_;  ///< by origin
  std::vector<std::unique_ptr<Carrier>> all_;
  std::uint64_t carriers_ = 0;
  std::size_t opening_ = 0;
  unsigned ahead_ = 0;  ///< still to be opened before the run
  std::string problem_;
};

}  // namespace loadtest::drive
