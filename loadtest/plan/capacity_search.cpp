#include "loadtest/plan/capacity_search.hpp"

#include <algorithm>
#include <cmath>

namespace loadtest::plan {
namespace {

constexpr double growth = 1.6;
constexpr double slowest = 0.5;  ///< requests a second: nothing below is worth a trial
// How far apart the bounds still are, for trials of the first length and of twice that.
constexpr double wide = 0.3;
constexpr double narrower = 0.12;
constexpr unsigned most_doubts = 2;  ///< in a row, at the same rate

}  // namespace

std::optional<CapacitySearch::Trial> CapacitySearch::next() {
  if (step_ == Step::over || trials_ == rules_.most_trials) return std::nullopt;
  ++trials_;
  given_ = make();
  return given_;
}

CapacitySearch::Trial CapacitySearch::make() const {
  if (step_ == Step::confirm) return {held_.back(), rules_.longest};
  const auto once = step_ == Step::ramp ? std::min(rules_.trial, rules_.longest) : length();
  return {rate_, again_ ? std::min(2 * once, rules_.longest) : once};
}

measure::Nanoseconds CapacitySearch::length() const {
  const double width = *high_ / held_.back() - 1;
  const auto grown = width > wide ? rules_.trial : width > narrower ? 2 * rules_.trial : rules_.longest;
  return std::min(grown, rules_.longest);
}

bool CapacitySearch::narrow_enough() const noexcept { return !high_ || *high_ / held_.back() - 1 <= rules_.precision; }

void CapacitySearch::took(Outcome outcome) {
  if (outcome == Outcome::generator && ++doubts_ <= most_doubts)
    return;  // once more: the machine may have been busy with others
  if (outcome == Outcome::generator) {
    // Faster will not be heard of either: what has held is confirmed, and that is the answer.
    generator_bound_ = true;
    high_.reset();
    step_ = held_.empty() || confirmed_ == held_.back() || step_ == Step::confirm ? Step::over : Step::confirm;
    return;
  }
  doubts_ = 0;
  if (outcome == Outcome::held) return went_well();
  if (step_ != Step::confirm && !again_ && given_.length < rules_.longest) {
    again_ = true;
    return;
  }
  went_badly();
}

void CapacitySearch::went_well() {
  again_ = false;
  if (step_ != Step::confirm) held_.push_back(given_.rate);
  if (given_.length == rules_.longest) confirmed_ = std::max(confirmed_, given_.rate);
  if (step_ == Step::ramp && !high_) {
    if (given_.rate >= rules_.most) step_ = Step::confirm;
    rate_ = std::min(given_.rate * growth, rules_.most);
    if (step_ == Step::ramp) return;
  }
  decide();
}

void CapacitySearch::went_badly() {
  again_ = false;
  high_ = given_.rate;
  // What held at a higher rate in a shorter trial was luck.
  while (!held_.empty() && held_.back() >= *high_) held_.pop_back();
  if (!held_.empty()) return decide();
  step_ = Step::ramp;
  rate_ = given_.rate / growth;
  if (rate_ < slowest) step_ = Step::over;
}

void CapacitySearch::decide() {
  if (narrow_enough()) {
    step_ = confirmed_ == held_.back() ? Step::over : Step::confirm;
    return;
  }
  step_ = Step::narrow;
  rate_ = std::sqrt(held_.back() * *high_);
}

}  // namespace loadtest::plan
