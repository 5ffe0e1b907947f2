#pragma once
// A deployment as it is drawn on a terminal: its events, a clock and a width go in, lines come out. No I/O.
//
// What has ended stands above for good, each step once and in the order in which steps ended; below it is what goes on: the
// running steps with their time and last output, and the stage. Only the latter is ever drawn again, so nothing is lost when
// there are more steps than the terminal has rows.

#include <boost/json.hpp>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "runtime/cli/terminal.hpp"

namespace runtime::cli {

/// One line of a drawing: plain text, never wider than asked for, and its colour.
struct Line {
  std::string text;
  Colour colour = Colour::plain;
};
using Lines = std::vector<Line>;

class LiveView {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// One event of the stream of a deployment (see api/api.hpp).
  void note(const boost::json::object& event, Time now);
  /// What has ended since the last call.
  Lines take_settled(std::size_t columns);
  /// What goes on at this moment, in at most `rows` lines.
  Lines live(Time now, std::size_t columns, std::size_t rows) const;

 private:
  struct Step {
    std::int64_t number = 0;
    std::string name;
    Time since;
    std::deque<std::string> tail;  ///< its last lines of output
  };
  /// `left` on the left, `right` at the right edge.
  struct Row {
    std::string left;
    std::string right;
    Colour colour = Colour::plain;
  };
  static Line drawn(const Row& row, std::size_t columns);
  void note_stage(const boost::json::object& event, Time now);
  void note_step(const boost::json::object& event, Time now);
  void settle(std::string left, std::string right, Colour colour);

  std::vector<Step> running_;
  std::vector<Row> settled_;
  std::string stage_;   ///< one that will change by itself; empty: it is over
  Time since_;          ///< of the stage
  std::string queued_;  ///< what its build waits for; empty: for nothing
};

}  // namespace runtime::cli
