#pragma once
// One request on its way.

#include <boost/intrusive/list.hpp>
#include <memory>
#include <span>

#include "loadtest/drive/body_check.hpp"
#include "loadtest/drive/event_scanner.hpp"
#include "loadtest/drive/prepared.hpp"
#include "loadtest/drive/server_timing.hpp"
#include "loadtest/measure/recorder.hpp"

namespace loadtest::drive {

using measure::Ending;
using measure::Nanoseconds;

class Carrier;
class Pool;

/// Lives on its generator's thread, which uses it again when it is over. All its times are of the run's clock.
struct Flight {
  using Hook = boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  measure::Sample sample;
  const Prepared* prepared = nullptr;
  Pool* pool = nullptr;
  Carrier* carrier = nullptr;  ///< what it travels on; null: it waits for one
  std::int32_t stream = 0;     ///< HTTP/2
  std::size_t body_sent = 0;
  std::size_t place = 0;                  ///< among the flights of its carrier
  std::uint32_t user = 0;                 ///< of a closed loop: whose next request follows it
  bool written_out = false;               ///< its last byte is in the output of its carrier
  bool whole = false;                     ///< HTTP/2: the answer has ended
  bool refused = false;                   ///< the peer has not looked at it
  bool retried = false;                   ///< once is enough
  std::unique_ptr<BodyCheck> check;       ///< null: any body is good
  std::unique_ptr<EventScanner> scanner;  ///< null: no stream of events
  Nanoseconds last_event = measure::never;
  ServerTiming* timing = nullptr;  ///< where goes what the server tells of its time; null: nowhere

  Hook hook;     ///< among all that are under way, in the order of their due times
  Hook waiting;  ///< in the queue for a connection

  /// A piece of its answer's body came `at` that time.
  void take_body(std::span<const char> data, Nanoseconds at, measure::Recorder& recorder);
  /// An event, or a message, came.
  void take_event(Nanoseconds at, measure::Recorder& recorder);
  /// Is it over with that ending? Says when.
  void end(Ending ending, Nanoseconds at) noexcept {
    sample.ending = ending;
    sample.end = at;
  }
  /// The answer is whole.
  void answered(Nanoseconds at) noexcept;
  /// Back to where it has not been sent.
  void begin_again();
};

using Flights = boost::intrusive::list<Flight, boost::intrusive::member_hook<Flight, Flight::Hook, &Flight::hook>,
                                       boost::intrusive::constant_time_size<false>>;
using Queue = boost::intrusive::list<Flight, boost::intrusive::member_hook<Flight, Flight::Hook, &Flight::waiting>,
                                     boost::intrusive::constant_time_size<false>>;

}  // namespace loadtest::drive
