#pragma once
// Pieces that text reports are made of.

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "loadtest/measure/result.hpp"

namespace loadtest::report {

/// Escape sequences, or nothing.
class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  std::string good(std::string_view text) const { return in("32", text); }
  std::string bad(std::string_view text) const { return in("31", text); }
  std::string doubtful(std::string_view text) const { return in("33", text); }
  std::string strong(std::string_view text) const { return in("1", text); }
  std::string faint(std::string_view text) const { return in("2", text); }

 private:
  std::string in(std::string_view code, std::string_view text) const;
  bool on_;
};

/// Rows whose columns are as wide as their widest cell: the first to the left, the others to the right.
class Table {
 public:
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  /// Each line begins with `indent` spaces.
  std::string text(std::size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The first lines of every report: `VALID` or `INVALID` with its reasons, then each objective with its mark.
std::string verdict_lines(const measure::Verdict& verdict, const std::vector<measure::Objective>& objectives,
                          std::string_view title, const Paint& paint);

/// `lateness p50 41 µs, p99 95 µs; round trip p50 28 µs; at most 61,200/s`: what the machine can measure at best.
std::string floor_text(const measure::Floor& floor);

/// Bars over bins that widen by the same factor: an outlier takes one more line, not all of the picture.
std::string log_histogram(const measure::Histogram& times, const Paint& paint);

}  // namespace loadtest::report
