#pragma once
// One connection of the generator: made, secured, agreed on, used, closed.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/connect.hpp"
#include "gateway/net/poller.hpp"
#include "loadtest/drive/channel.hpp"
#include "loadtest/drive/naps.hpp"
#include "loadtest/drive/pace.hpp"
#include "loadtest/drive/talk.hpp"

namespace loadtest::drive {

class Pool;

/// Why there is no connection.
struct Refusal {
  Ending ending = Ending::no_connection;
  std::string reason;  ///< for people
  int error = 0;       ///< errno(3), or 0
};

/// Belongs to a pool, on its generator's thread. Whatever happens is told to the pool inside `ready`, never inside a call of the pool's.
class Carrier final : private gw::net::Pollable, private Napper {
 public:
  using Hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  Hook roomy;  ///< among those of its origin that have room
  Hook idle;   ///< among those of its pool that carry nothing

  Carrier(Pool& pool, std::uint32_t origin);
  ~Carrier();
  Carrier(const Carrier&) = delete;
  Carrier& operator=(const Carrier&) = delete;

  /// Begins to connect.
  void open();
  /// Sends a request; there must be room. False: there is none after all.
  bool begin(Flight& flight);
  /// Nobody waits for it any more.
  void give_up(Flight& flight);
  /// Ends the connection; its flights do not land.
  void close() noexcept;

  /// Its place in its pool's list.
  std::size_t number() const noexcept { return number_; }
  void number(std::size_t number) noexcept { number_ = number; }
  std::uint32_t origin() const noexcept { return origin_; }
  std::size_t room() const noexcept;
  std::size_t flying() const noexcept { return talk_ ? talk_->flying() : 0; }
  /// Is it being made?
  bool opening() const noexcept { return phase_ < Phase::open; }
  std::uint64_t served() const noexcept { return served_; }
  Nanoseconds began() const noexcept { return began_; }
  Nanoseconds connected() const noexcept { return connected_; }
  Nanoseconds secured() const noexcept { return secured_; }

 private:
  enum class Phase : std::uint8_t { connecting, securing, introducing, open, failed, closed };

  void ready(std::uint32_t events) noexcept override;
  void woken() noexcept override;
  void connect();
  void connect_next(int error);
  void dial();
  void dialed(gw::net::Result<gw::net::Descriptor> socket);
  void finish_connect(std::uint32_t events);
  void has_connected();
  void shake_hands();
  void introduce();
  void converse();
  std::size_t share(Pace& pace, std::size_t most) noexcept;
  void read();
  void land();
  void flush();
  void stamp_sent() noexcept;
  void fail(Refusal refusal);
  void fail_later(Refusal refusal);
  std::unique_ptr<Talk> make_talk(bool http2);
  void keep_little_unread(int descriptor) const noexcept;

  Pool& pool_;
  const std::uint32_t origin_;
  std::size_t number_ = 0;
  Phase phase_ = Phase::connecting;
  bool in_turn_ = false;  ///< what is begun now is sent at the end of the turn
  bool peer_ended_ = false;
  std::size_t address_ = 0;  ///< which of the origin's is being tried
  std::optional<Channel> channel_;
  std::unique_ptr<Talk> talk_;
  Pace reading_;
  Pace writing_;
  std::vector<Flight*> leaving_;  ///< not yet sent
  Landed landed_;
  std::uint64_t served_ = 0;
  Nanoseconds began_ = measure::never;
  Nanoseconds connected_ = measure::never;
  Nanoseconds secured_ = measure::never;
  Refusal refusal_;
  std::shared_ptr<Carrier*> self_;  ///< for who dials for it and may come back too late
};

}  // namespace loadtest::drive
