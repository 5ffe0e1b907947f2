#pragma once
// Where one thread of the generator leaves what it has seen. Its memory depends on the length of the run in seconds only.

#include <memory>

#include "loadtest/measure/sample.hpp"

namespace loadtest::measure {

struct Series;

/// Takes samples. Lives on one thread.
class Recorder {
 public:
  Recorder();
  ~Recorder();
  Recorder(Recorder&&) noexcept;
  Recorder& operator=(Recorder&&) noexcept;

  /// Files the sample under the second in which it was due.
  void record(const Sample& sample) noexcept;
  void record(const StreamEvent& event) noexcept;

  /// What has been seen so far, second by second. On the recorder's thread, or when that is over.
  const Series& series() const noexcept;

 private:
  std::unique_ptr<Series> series_;
};

}  // namespace loadtest::measure
