#pragma once
// A run while it goes on. Glances and a clock go in, text comes out; no I/O, and never on a thread that sends.

#include <deque>
#include <optional>
#include <string>

#include "loadtest/measure/recorder.hpp"

namespace loadtest::report {

struct LiveStyle {
  bool terminal = false;  ///< draws over itself; else a line now and then
  bool colour = false;
  std::size_t columns = 80;
  /// Of stdout and the environment: NO_COLOR, COLUMNS, TERM. `wide`: what the terminal says of itself, or 0.
  static LiveStyle of(bool terminal, const char* no_colour, const char* columns, const char* term, std::size_t wide);
};

class LiveView {
 public:
  /// `length`: of the run with its warm-up; 0 when only the number of `requests` is known.
  LiveView(LiveStyle style, std::string title, measure::Nanoseconds length, std::uint64_t requests = 0)
      : style_(style), title_(std::move(title)), length_(length), requests_(requests) {}

  /// How long to wait between two calls of `show`.
  measure::Nanoseconds interval() const noexcept { return style_.terminal ? 200'000'000 : 5'000'000'000; }
  /// Is it time to call `show`, in a look at this moment? One that came late has no later ones be late.
  bool due(measure::Nanoseconds now) noexcept {
    if (!style_.terminal && now - told_ < interval()) return false;
    told_ = now - now % interval();
    return true;
  }
  /// What to write at this moment, `now` after the beginning. `glance` is of all threads. `warm_up`: the run is still in it.
  std::string show(measure::Nanoseconds now, const measure::Glance& glance, bool warm_up);
  /// Takes the drawing away, so that a report may follow.
  std::string clear();

 private:
  std::string drawn(measure::Nanoseconds now, const measure::Glance& glance, double rate, double errors, bool warm_up);
  std::string sparkline(std::size_t width) const;
  std::string progress(measure::Nanoseconds now, const measure::Glance& glance, std::size_t width) const;

  LiveStyle style_;
  std::string title_;
  measure::Nanoseconds length_;
  std::uint64_t requests_;
  measure::Nanoseconds told_ = 0;  ///< when a line was due last
  measure::Nanoseconds last_ = 0;
  measure::Glance before_;
  measure::Histogram recent_{2};  ///< of the last seconds
  std::deque<measure::Histogram> pieces_;
  std::deque<double> rates_;  ///< one for each call
  std::size_t lines_ = 0;     ///< of the last drawing
};

}  // namespace loadtest::report
