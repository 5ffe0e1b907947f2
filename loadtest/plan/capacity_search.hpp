#pragma once
// Which rate to try next, to find the highest that holds. Sans-I/O: outcomes of trials in, the next trial out.

#include <optional>
#include <vector>

#include "loadtest/measure/sample.hpp"

namespace loadtest::plan {

struct SearchRules {
  double from = 50;                               ///< requests a second of the first trial
  double most = 100'000;                          ///< never tried beyond
  double precision = 0.05;                        ///< until upper / lower - 1 is no more
  measure::Nanoseconds trial = 3'000'000'000;     ///< the first trials take so long
  measure::Nanoseconds longest = 15'000'000'000;  ///< and those that decide
  unsigned most_trials = 60;                      ///< then it ends with what there is
};

/// A geometric ramp, then bisection with trials that grow as the interval narrows (after RFC 9971). What one short trial says against a rate
/// is heard a second time, and a lower bound is one only after a trial of full length.
class CapacitySearch {
 public:
  explicit CapacitySearch(const SearchRules& rules) : rules_(rules), rate_(rules.from) {}

  struct Trial {
    double rate = 0;
    measure::Nanoseconds length = 0;
  };
  enum class Outcome : std::uint8_t {
    held,
    broken,
    generator,  ///< the generator was the limit: nothing is known of the server. Asked for again, twice
  };

  /// Nothing: the search is over.
  std::optional<Trial> next();
  /// Of the trial that `next` gave out last.
  void took(Outcome outcome);

  /// The highest rate that held for a full trial; 0: none did.
  double lower() const noexcept { return confirmed_; }
  /// The lowest that did not; nothing: the generator, or `most`, came first.
  std::optional<double> upper() const noexcept { return high_; }
  bool generator_bound() const noexcept { return generator_bound_; }

 private:
  enum class Step : std::uint8_t { ramp, narrow, confirm, over };

  Trial make() const;
  measure::Nanoseconds length() const;
  bool narrow_enough() const noexcept;
  void went_well();
  void went_badly();
  void decide();

  SearchRules rules_;
  Step step_ = Step::ramp;
  double rate_;
  bool again_ = false;        ///< this trial repeats one that said no
  std::vector<double> held_;  ///< rates that held in trials of whatever length, rising
  std::optional<double> high_;
  double confirmed_ = 0;
  bool generator_bound_ = false;
  Trial given_;
  unsigned trials_ = 0;
  unsigned doubts_ = 0;  ///< trials in a row whose limit was the generator
};

}  // namespace loadtest::plan
