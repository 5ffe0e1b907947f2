#include "loadtest/plan/slo.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "config/suggest.hpp"
#include "loadtest/plan/numbers.hpp"

namespace loadtest::plan {
namespace {

constexpr std::string_view rule =
    "must be a value, one of < <= > >=, and a limit, such as p99<250ms, ttfb_p95<=50ms, mean<20ms, max<2s, errors<0.1%, "
    "rate>=99% or "
    "rate>=500/s";
constexpr std::array<std::string_view, 9> names = {"p50", "p90", "p95", "p99", "p99.9", "mean", "max", "errors", "rate"};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// `p99` and `p99.9`; nothing when it is not one.
std::optional<double> quantile_of(std::string_view name) {
  if (name.size() < 2 || name.front() != 'p') return std::nullopt;
  name.remove_prefix(1);
  double percent = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), percent, std::chars_format::fixed);
  if (error != std::errc{} || end != name.data() + name.size() || percent <= 0 || percent >= 100) return std::nullopt;
  return percent / 100;
}

/// Fills in what is measured. False: no such thing.
bool take_name(std::string_view name, Slo& slo) {
  constexpr std::string_view first = "ttfb_";
  if (name.substr(0, first.size()) == first) {
    slo.first_byte = true;
    name.remove_prefix(first.size());
  }
  if (const auto quantile = quantile_of(name)) {
    slo.quantile = *quantile;
    return true;
  }
  if (name == "median") {
    slo.quantile = 0.5;
    return true;
  }
  if (name == "mean" || name == "avg")
    slo.of = Slo::Of::mean;
  else if (name == "max")
    slo.of = Slo::Of::maximum;
  else if (slo.first_byte)
    return false;
  else if (name == "errors")
    slo.of = Slo::Of::errors;
  else if (name == "rate")
    slo.of = Slo::Of::rate;
  else if (name == "requests")
    slo.of = Slo::Of::requests;
  else
    return false;
  return true;
}

/// Fills in the limit; the message when it is none.
std::string take_limit(std::string_view text, Slo& slo) {
  const auto take = [&slo](const auto& parsed) {
    if (parsed) slo.limit = static_cast<double>(*parsed.value);
    return parsed.message;
  };
  switch (slo.of) {
    case Slo::Of::errors:
      return take(parse_percent(text));
    case Slo::Of::requests:
      return take(parse_count(text));
    case Slo::Of::rate:
      slo.relative = !text.empty() && text.back() == '%';
      return slo.relative ? take(parse_percent(text)) : take(parse_rate(text));
    case Slo::Of::percentile:
    case Slo::Of::mean:
    case Slo::Of::maximum:
      break;
  }
  // A plain number would be seconds, which nobody means who writes p99<250.
  if (text.find_first_not_of("0123456789.") == std::string_view::npos) return "needs a unit: write 250ms or 2s";
  return take(parse_span(text));
}

}  // namespace

config::Parsed<Slo> parse_slo(std::string_view text) {
  const auto sign = text.find_first_of("<>");
  if (sign == std::string_view::npos) return {{}, std::string(rule)};
  Slo slo;
  slo.text = std::string(trim(text));
  const auto name = trim(text.substr(0, sign));
  if (!take_name(name, slo)) {
    return {{}, fmt::format("{}: there is no \"{}\"{}", rule, name.substr(0, 32), config::did_you_mean(name, names))};
  }
  slo.below = text[sign] == '<';
  auto limit = text.substr(sign + 1);
  slo.or_equal = !limit.empty() && limit.front() == '=';
  if (slo.or_equal) limit.remove_prefix(1);
  limit = trim(limit);
  const auto wrong = limit.empty() ? std::string("is missing") : take_limit(limit, slo);
  if (!wrong.empty()) return {{}, fmt::format("the limit of {} {}", name, wrong)};
  return {std::move(slo), {}};
}

}  // namespace loadtest::plan
