#pragma once
// The generator: what is to be asked goes in, what was seen comes out. Threads, connections and clocks stay inside.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "loadtest/drive/facts.hpp"
#include "loadtest/drive/tape.hpp"
#include "loadtest/measure/recorder.hpp"
#include "loadtest/measure/result.hpp"
#include "loadtest/plan/settings.hpp"

namespace loadtest::drive {

using measure::Nanoseconds;

/// One of the paths that are compared: targets that share connections and a record of their own. Most runs have one.
struct Lane {
  std::vector<plan::Target> targets;  ///< at least one
  plan::Transport transport;
  plan::Expectation expect;
};

/// A request of an open loop.
struct Due {
  Nanoseconds at = 0;  ///< since the beginning of the run; never earlier than the one before
  std::uint32_t lane = 0;
  std::uint32_t target = 0;  ///< of that lane
};

/// Says what is due, one after another. Every thread makes one of its own and takes each n-th, so it must say the same each time.
class Arrivals {
 public:
  virtual ~Arrivals() = default;
  virtual std::optional<Due> next() = 0;
};

/// Which threads are a plan's own where several run at once: they must not share cores.
struct Seats {
  unsigned first = 0;
  unsigned all = 0;  ///< of all plans; 0: there is no other
};

struct Plan {
  plan::Load load;
  std::vector<Lane> lanes;  ///< at least one
  /// Of an open loop. Empty: `plan::Schedule` of the load, each lane once a round in an order that is drawn, its targets in turn.
  std::function<std::unique_ptr<Arrivals>()> arrivals;
  Seats seats;
};

/// What a watcher is shown.
struct Look {
  Nanoseconds now = 0;                   ///< since the beginning of the run
  std::vector<measure::Glance> glances;  ///< of each lane, all threads together
  std::vector<measure::Series> series;   ///< likewise all that was seen so far, if the watcher wants it
  std::uint64_t connections = 0;         ///< open now, of all lanes
};

/// Looks on. Called on the thread that called `run`, never on one that sends.
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// Once: everybody who is to be asked is there, and the first request is due in a moment.
  virtual void begins() {}
  /// Each `interval`, and once more when all is over. False: the run is to end, as if it had been stopped.
  virtual bool look(const Look& seen) = 0;
  virtual Nanoseconds interval() const { return 1'000'000'000; }
  /// Copies of whole series take each generating thread some milliseconds: only for those who decide by them (--abort-on-fail).
  virtual bool wants_series() const { return false; }
};

/// What one lane has seen.
struct Outcome {
  measure::Series series;  ///< of all threads together
  LaneFacts facts;
  std::vector<measure::ServerPart> server_parts;  ///< likewise
};

/// How a run ended.
enum class Ended : std::uint8_t {
  completed,     ///< everything that was due has been asked
  stopped,       ///< the stop token was told: what was in flight counts as such
  failed_early,  ///< the watcher said so
  unreachable,   ///< not one connection could be made, and nothing will: `problem` says why
};

struct Run {
  Ended ended = Ended::completed;
  std::string problem;         ///< one sentence, of `unreachable`
  std::int64_t began_at = 0;   ///< nanoseconds since 1970, for labels
  Nanoseconds length = 0;      ///< until the last request was due, or the closed loop was over; without the drain
  Nanoseconds drained = 0;     ///< how long the last answer was waited for then
  std::vector<Outcome> lanes;  ///< as in the plan
  GeneratorFacts generator;
};

/// Runs the plan and returns when it is over. Blocks; everything it starts has ended when it returns.
/// `tape`, with as many threads as the plan: gets every request as it ends.
Run run(const Plan& plan, Watcher* watcher = nullptr, std::stop_token stop = {}, Tape* tape = nullptr);

}  // namespace loadtest::drive
