#pragma once
// The server's own list of the delays that it really gave, for whoever wants to know whether a client saw the same.

#include <string>
#include <string_view>

#include "gateway/net/descriptor.hpp"
#include "loadtest/measure/sample.hpp"

namespace loadtest::service {

/// A file with a line for each request: `<id> <delay> <gap>`, both in nanoseconds; the gap is what lay between it and the one before.
class DelayList {
 public:
  /// No path: nothing is written.
  explicit DelayList(const std::string& path);
  ~DelayList() { flush(); }
  DelayList(const DelayList&) = delete;
  DelayList& operator=(const DelayList&) = delete;

  /// Why there is none, one sentence; empty: it is as it should be.
  const std::string& problem() const noexcept { return problem_; }
  bool wanted() const noexcept { return static_cast<bool>(file_); }
  void add(std::string_view id, measure::Nanoseconds delay, measure::Nanoseconds gap);
  void flush() noexcept;

 private:
  gw::net::Descriptor file_;
  std::string text_;
  std::string problem_;
};

}  // namespace loadtest::service
