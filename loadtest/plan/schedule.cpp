#include "loadtest/plan/schedule.hpp"

#include <algorithm>
#include <cmath>

namespace loadtest::plan {
namespace {

constexpr double second = 1e9;

/// Requests of a whole stage that begins with the rate `from`.
double area_of(const Stage& stage, double from) noexcept {
  return (from + stage.rate) / 2 * static_cast<double>(stage.duration) / second;
}

/// Seconds into the stage at which its rate has added up to `area`. The form of the quadratic's root that does not cancel.
double time_of(const Stage& stage, double from, double area) noexcept {
  const double duration = static_cast<double>(stage.duration) / second;
  const double root = from * from + 2 * area * (stage.rate - from) / duration;
  return 2 * area / (from + std::sqrt(std::max(root, 0.0)));
}

}  // namespace

Schedule::Schedule(const Load& load) : stages_(load.stages), arrival_(load.arrival), random_(load.seed), left_(load.requests) {
  for (const auto& stage : stages_) length_ += stage.duration;
  if (arrival_ != Arrival::constant) area_ = step();
}

double Schedule::step() noexcept {
  switch (arrival_) {
    case Arrival::constant:
      return 1;
    case Arrival::poisson:
      return -std::log1p(-random_.uniform());
    case Arrival::uniform:
      return 2 * random_.uniform();
  }
  return 1;
}

double Schedule::rate_before(std::size_t stage) const noexcept {
  return stage == 0 ? stages_.front().rate : stages_[stage - 1].rate;
}

std::optional<Nanoseconds> Schedule::next() {
  if (left_ && *left_ == 0) return std::nullopt;
  while (stage_ < stages_.size()) {
    const auto& stage = stages_[stage_];
    const double from = rate_before(stage_);
    const double whole = area_of(stage, from);
    const double inside = area_ - stage_area_;
    // Half a thousandth of a request: an arrival on the very end of a stage belongs to the next one, rounding or not.
    if (inside < whole - 5e-4) {
      const double at = time_of(stage, from, inside);
      area_ += step();
      if (left_) --*left_;
      return stage_begin_ + static_cast<Nanoseconds>(std::llround(at * second));
    }
    stage_area_ += whole;
    stage_begin_ += stage.duration;
    ++stage_;
  }
  return std::nullopt;
}

double Schedule::expected() const noexcept {
  double sum = 0;
  for (std::size_t i = 0; i < stages_.size(); ++i) sum += area_of(stages_[i], rate_before(i));
  return sum;
}

}  // namespace loadtest::plan
