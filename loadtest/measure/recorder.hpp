#pragma once
// Where one thread of the generator leaves what it has seen. Its memory depends on the length of the run only, and ends growing with it.

#include <memory>

#include "loadtest/measure/sample.hpp"
#include "loadtest/measure/series.hpp"

namespace loadtest::measure {

/// What a live view shows.
struct Glance {
  std::uint64_t started = 0;  ///< these four since the beginning, warm-up included
  std::uint64_t ended = 0;
  std::uint64_t failed = 0;  ///< 5xx, and what was no answer
  std::uint64_t bytes_in = 0;
  PackedCounts recent;  ///< response times of answers since the last glance; two digits, in nanoseconds

  /// Adds what another thread saw.
  void merge(const Glance& other);
};

/// Takes samples. Lives on one thread.
class Recorder {
 public:
  Recorder();
  ~Recorder();
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;

  /// Files the sample under the window in which it was due. Samples that end within two seconds of those that end with them cost some
  /// 30 ns and no allocation; memory that cannot be had ends the program, as it would anyway.
  void record(const Sample& sample) noexcept;
  void record(const StreamEvent& event) noexcept;

  /// What has been seen so far. On the recorder's thread, or when that is over. The reference stays good, the next call fills it.
  const Series& series() const noexcept;

  /// On the recorder's thread.
  Glance glance() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace loadtest::measure
