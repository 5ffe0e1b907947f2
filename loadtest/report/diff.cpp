#include "loadtest/report/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "loadtest/measure/bootstrap.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/report/figures.hpp"

namespace loadtest::report {
namespace {

using measure::Metric;
using measure::Reading;
using measure::Result;
using Of = plan::Slo::Of;
using State = LimitOutcome::State;

constexpr std::string_view rule =
    "must be a value, > or <, and a change with its sign, such as p99>+10%, p50>+2ms, errors>+0.5% or rate<-5%";

/// What is known of a change.
struct Known {
  double value = 0;
  std::optional<measure::Confidence> confidence;
};

Known known_of(const measure::Estimate& estimate) { return {estimate.value, estimate.confidence}; }

measure::Times times_of(const Limit& limit) {
  return limit.first_byte ? measure::Times{Metric::first_byte, Metric::first_byte_unfinished}
                          : measure::Times{Metric::success, Metric::unfinished};
}

std::optional<double> mean_of(const Result& result, const Limit& limit) {
  const measure::Cell cell = result.series.summary(times_of(limit).known);
  if (cell.count == 0) return {};
  return limit.of == Of::mean ? static_cast<double>(cell.sum) / static_cast<double>(cell.count) : static_cast<double>(cell.max);
}

std::optional<Known> change_of_percentile(const Result& base, const Result& fresh, const Limit& limit) {
  const auto reading = [&](const Result& result) {
    return limit.first_byte ? first_byte_percentile(result.series, limit.quantile)
                            : response_percentile(result.series, limit.quantile);
  };
  const Reading before = reading(base), after = reading(fresh);
  // A lower bound of the new one may show that it is worse; of the old one it shows nothing.
  if (before.state != Reading::State::known || after.state == Reading::State::too_few) return {};
  const auto change = measure::bootstrap_change(base.series, fresh.series, times_of(limit), {limit.quantile})[0];
  if (change.absolute.known) return known_of(limit.relative ? change.relative : change.absolute);
  const double one = static_cast<double>(before.value), two = static_cast<double>(after.value);
  return Known{limit.relative ? two / std::max(1.0, one) - 1 : two - one, {}};
}

std::optional<Known> change_of(const Result& base, const Result& fresh, const Limit& limit) {
  if (limit.of == Of::percentile) return change_of_percentile(base, fresh, limit);
  std::optional<double> one, two;
  if (limit.of == Of::errors)
    one = 100 * base.error_share(), two = 100 * fresh.error_share();
  else if (limit.of == Of::rate)
    one = base.achieved(), two = fresh.achieved();
  else
    one = mean_of(base, limit), two = mean_of(fresh, limit);
  if (!one || !two || (limit.relative && *one <= 0)) return {};
  return Known{limit.relative ? *two / *one - 1 : *two - *one, {}};
}

std::string said(double change, const Limit& limit) {
  const std::string sign = change >= 0 ? "+" : "-";
  if (limit.relative) return sign + fmt::format("{:.1f} %", std::abs(100 * change));
  if (limit.of == Of::errors) return sign + fmt::format("{:.2f} points", std::abs(change));
  if (limit.of == Of::rate) return sign + rate(std::abs(change)) + "/s";
  return difference(change);
}

LimitOutcome outcome_of(const Result& base, const Result& fresh, const Limit& limit) {
  const auto change = change_of(base, fresh, limit);
  if (!change) return {State::unknown, limit.text, "not enough is known of one of the two"};
  const auto beyond = [&](double value) { return limit.above ? value > limit.change : value < limit.change; };
  std::string observed = said(change->value, limit);
  if (!change->confidence) return {beyond(change->value) ? State::broken : State::kept, limit.text, observed};
  const auto [lower, upper] = *change->confidence;
  observed += fmt::format(" [{}, {}]", said(lower, limit), said(upper, limit));
  if (beyond(limit.above ? lower : upper)) return {State::broken, limit.text, observed};
  return {beyond(change->value) ? State::unclear : State::kept, limit.text, observed};
}

/// The value in front of the sign is that of an objective, so that its reader knows all names.
std::optional<plan::Slo> value_of(std::string_view name) {
  for (const std::string_view limit : {"<1s", "<1%", ">1/s"}) {
    auto slo = plan::parse_slo(std::string(name).append(limit));
    if (slo && slo.value->of != Of::requests) return std::move(*slo.value);
  }
  return {};
}

/// `10%`, `250%`: nothing when it is not that.
config::Parsed<double> parse_share(std::string_view text) {
  double percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
  if (error != std::errc{} || end + 1 != text.data() + text.size() || percent > 1e6)
    return {{}, "must be a number in percent, such as +10%"};
  return {percent / 100, {}};
}

/// The change behind the sign of a limit; the message when it is none.
std::string take_change(std::string_view text, Limit& limit) {
  if (text.empty() || (text.front() != '+' && text.front() != '-'))
    return "needs its sign: write " + std::string(limit.above ? "+" : "-") + std::string(text);
  const double sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const bool in_percent = text.ends_with('%');
  const auto take = [&](const auto& parsed, double factor) {
    if (parsed) limit.change = sign * factor * static_cast<double>(*parsed.value);
    return parsed.message;
  };
  if (limit.of == Of::errors)
    return in_percent ? take(plan::parse_percent(text), 1) : std::string("must be in percent: errors>+0.5%");
  limit.relative = in_percent;
  if (in_percent) return take(parse_share(text), 1);
  return limit.of == Of::rate ? take(plan::parse_rate(text), 1) : take(plan::parse_span(text), 1);
}

}  // namespace

config::Parsed<Limit> parse_limit(std::string_view text) {
  const auto sign = text.find_first_of("<>");
  if (sign == std::string_view::npos) return {{}, std::string(rule)};
  const auto value = value_of(text.substr(0, sign));
  if (!value) return {{}, std::string(rule)};
  Limit limit{value->of, value->quantile, value->first_byte, text[sign] == '>', false, 0, std::string(text)};
  std::string_view rest = text.substr(sign + 1);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (const std::string wrong = take_change(rest, limit); !wrong.empty())
    return {{}, "the change in \"" + limit.text + "\" " + wrong};
  return {std::move(limit), {}};
}

std::vector<LimitOutcome> judge_change(const Result& base, const Result& fresh, const std::vector<Limit>& limits) {
  std::vector<LimitOutcome> outcomes;
  for (const Limit& limit : limits) outcomes.push_back(outcome_of(base, fresh, limit));
  return outcomes;
}

bool none_broken(const std::vector<LimitOutcome>& outcomes) noexcept {
  return std::none_of(outcomes.begin(), outcomes.end(), [](const LimitOutcome& outcome) {
    return outcome.state == State::broken || outcome.state == State::unknown;
  });
}

}  // namespace loadtest::report
