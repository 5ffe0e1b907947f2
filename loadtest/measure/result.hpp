#pragma once
// Everything that a report needs of one run: what was asked, what was seen, and whether it may be believed.

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loadtest/measure/series.hpp"

namespace loadtest::measure {

/// A moment with a name: a deploy began, a Space woke.
struct Mark {
  Nanoseconds at = 0;  ///< since the beginning of the run
  std::string text;
};

/// What a part of this machine used over time: the generator, the gateway, a container.
struct Usage {
  struct Point {
    Nanoseconds at = 0;
    double cores = 0;  ///< since the point before
  };
  std::string name;
  std::vector<Point> points;
};

/// A part of the way that the server told in `Server-Timing`, of all answers that had it.
struct ServerPart {
  std::string name;
  std::uint64_t count = 0;
  std::uint64_t sum = 0;  ///< nanoseconds
  Histogram times{2};

  void add(std::uint64_t time) noexcept;
};
/// Adds those of another thread, or another machine.
void merge_parts(std::vector<ServerPart>& into, const std::vector<ServerPart>& from);

/// How the generator itself fared. Lateness is in the series.
struct Generator {
  std::vector<double> cpu_shares;    ///< of a core, by thread, over the measured time
  Histogram loop_lag{2};             ///< from the kernel's word that something is ready to our turn for it
  std::uint64_t throttled = 0;       ///< periods in which the cgroup ran out of its share of CPU (nr_throttled)
  std::uint64_t no_descriptors = 0;  ///< EMFILE and ENFILE
  std::uint64_t no_ports = 0;        ///< EADDRNOTAVAIL
  std::uint64_t receive_drops = 0;   ///< what the kernel threw away before we read it
  std::uint64_t waited = 0;          ///< requests that waited because `most_connections` were busy
  std::uint64_t stale = 0;           ///< requests sent again because the server had closed the idle connection
  Nanoseconds paused = 0;            ///< the longest time in which no thread had a turn
};

/// What this machine can do at best, as `selftest` found.
struct Floor {
  Nanoseconds lateness_p50 = 0;
  Nanoseconds lateness_p99 = 0;
  Nanoseconds round_trip_p50 = 0;
  double most_per_second = 0;
};

/// Little's law: how many are in flight on the average is what comes to an end a second times how long that took.
struct LittlesLaw {
  double in_flight = 0;  ///< as counted by the generator, one up and one down
  double expected = 0;   ///< from response times
  /// 0.05: 5 % off.
  double deviation() const noexcept;
};

struct Verdict {
  bool valid = true;
  std::vector<std::string> reasons;  ///< why it is not
};

/// What became of a service level objective.
struct Objective {
  enum class Outcome : std::uint8_t { held, broken, unknown };
  std::string text;  ///< as it was written
  Outcome outcome = Outcome::unknown;
  std::string observed;  ///< "p99 = 182 ms"
};

struct Result {
  std::string version = SPACEPORT_VERSION;
  std::string title;                          ///< the URL, or what a person would call it
  boost::json::object settings;               ///< what was asked for, flags and defaults
  std::vector<boost::json::object> machines;  ///< name, system, processor, cores, memory_bytes of those that ran it
  Nanoseconds started = 0;                    ///< since 1970, of the first due time
  Nanoseconds warm_up = 0;                    ///< from there: does not count
  Nanoseconds length = 0;                     ///< from there to the last due time: what rates are of
  Nanoseconds drained = 0;                    ///< how long the last request was waited for then
  bool open_loop = false;
  bool steady = true;           ///< false: a warm-up was looked for and not found to end
  bool interrupted = false;     ///< Ctrl-C: what there was until then
  std::uint64_t abandoned = 0;  ///< in flight when we ended it ourselves: by Ctrl-C, by --abort-on-fail. Nobody's failure
  double offered =
      0;  ///< requests a second that the schedule had in `length` (with random arrivals: as drawn); 0 for a closed loop
  unsigned connections = 0;  ///< of a closed loop
  double cpu_limit = 0.8;    ///< of a core, for each thread of the generator
  Series series;
  LittlesLaw little;
  Generator generator;
  std::optional<Floor> floor;
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<Mark> marks;
  std::vector<Usage> usage;
  std::vector<ServerPart> server_parts;
  std::vector<std::string> notes;
  std::vector<Objective> objectives;
  Verdict verdict;
  std::vector<Result> background;  ///< loads that ran beside this one: none of their requests is in the series

  /// Answers and failures a second; what was given up has not been achieved.
  double achieved() const noexcept;
  /// Requests that failed, were given up or were answered with 5xx, of all that were due; 0 to 1. Those that were abandoned are neither.
  double error_share() const;

  /// Adds what another machine saw of the same load at the same time. Exact for everything that is counted; `verdict` and `objectives`
  /// must be made anew.
  void merge(const Result& other);
};

/// Two ways to the same place, measured in turns on one schedule: `two` minus `one` is what the second costs more.
struct Comparison {
  std::string name_one = "A", name_two = "B";
  Result one, two;
};

/// A rate that was tried.
struct Trial {
  double rate = 0;  ///< offered, a second
  double achieved = 0;
  bool held = false;       ///< the objectives
  bool conclusive = true;  ///< false: the generator was at its limit, or the trial was a short one
  Nanoseconds length = 0;
  Nanoseconds p50 = 0, p99 = 0;
  double error_share = 0;
  double in_flight = 0;
  double server_cores = 0;  ///< of the container, or 0
  std::string broken;       ///< the objective that broke
};

/// The highest rate that holds its objectives, as an interval.
struct Capacity {
  Result base;  ///< settings, machines, labels and notes; its series is that of the best trial
  std::vector<std::string> objectives;
  std::vector<Trial> trials;
  double lower = 0;             ///< held
  std::optional<double> upper;  ///< did not; nothing: the generator was the limit
  std::string broken;           ///< the objective that broke first
};

}  // namespace loadtest::measure
