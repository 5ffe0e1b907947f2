#pragma once
// A build as text. Pure: events in, text out.

#include <string>

#include "runtime/build/trace.hpp"

namespace runtime::build {

/// Lines for what is not a terminal: `#3 [2/5] RUN ...`, `#3 0.4s | output`, `#3 DONE 1.2s`. Empty when there is nothing to
/// say; else ends in a line end.
std::string plain_line(const StepEvent& event, const Steps& steps);

/// A view that is drawn over itself on a terminal.
class LiveView {
 public:
  LiveView(std::size_t columns, std::size_t rows) : columns_(columns), rows_(rows) {}
  /// Takes note of the event; log lines are kept for the tail below the running step.
  void note(const StepEvent& event);
  /// The bytes that turn the last drawing into the present one. `now` is the wall clock in the engine's unit.
  std::string draw(const Steps& steps, EngineTime now);

 private:
  std::size_t columns_;
  std::size_t rows_;
  std::size_t drawn_ = 0;  ///< lines of the last drawing
  std::size_t tail_step_ = 0;
  std::vector<std::string> tail_;
};

}  // namespace runtime::build
