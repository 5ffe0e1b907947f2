#pragma once
// The text format in which Prometheus reads metrics, version 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace gw::control {

class Exposition {
 public:
  static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

  enum class Type : std::uint8_t { counter, gauge, histogram };
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  /// Begins a family: the samples that follow are its own. One without samples does not appear.
  void family(std::string_view name, Type type, std::string_view help);

  /// `suffix` is `_bucket`, `_sum` or `_count` in a histogram. Values of labels may be any text.
  template <std::unsigned_integral Number>
  void sample(Labels labels, Number value, std::string_view suffix = {}) {
    write(labels, std::to_string(value), suffix);
  }
  void sample(Labels labels, double value, std::string_view suffix = {});

  /// A family with one sample that has no labels.
  template <class Number>
  void one(std::string_view name, Type type, std::string_view help, Number value) {
    family(name, type, help);
    sample({}, value);
  }

  std::string take() { return std::move(out_); }

 private:
  void write(Labels labels, std::string_view value, std::string_view suffix);

  std::string out_;
  std::string name_;
  std::string head_;  ///< of the family, until its first sample
};

/// A number as the format has it, in as few digits as say it exactly.
std::string number(double value);

}  // namespace gw::control
