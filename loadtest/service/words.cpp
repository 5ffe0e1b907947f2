#include "loadtest/service/words.hpp"

#include "loadtest/plan/numbers.hpp"

namespace loadtest::service {
namespace {

/// Takes the next word of a list off its front.
std::string_view take(std::string_view& list, char separator) {
  const auto end = list.find(separator);
  const auto word = list.substr(0, end);
  list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  return word;
}

config::Parsed<Delay> parse_lognormal(std::string_view text) {
  constexpr auto form = "must be lognormal:MEDIAN,SIGMA, as in lognormal:20ms,0.5";
  const auto median = plan::parse_span(take(text, ','));
  if (!median) return {{}, form};
  std::size_t used = 0;
  double sigma = -1;
  try {
    sigma = std::stod(std::string(text), &used);
  } catch (const std::exception&) {
    return {{}, form};
  }
  // Beyond 4 the mean is three thousand times the median: nobody means that.
  if (used != text.size() || !(sigma >= 0 && sigma <= 4)) return {{}, "must have a sigma from 0 to 4"};
  Delay delay;
  delay.kind = Delay::Kind::lognormal;
  delay.median = *median.value;
  delay.sigma = sigma;
  return {delay, {}};
}

}  // namespace

config::Parsed<double> parse_share(std::string_view text) {
  if (text == "1" || text == "true" || text == "yes") return {100.0, {}};
  return plan::parse_percent(text);
}

config::Parsed<Delay> parse_delay(std::string_view text) {
  constexpr std::string_view lognormal = "lognormal:";
  if (text.starts_with(lognormal)) return parse_lognormal(text.substr(lognormal.size()));
  Delay delay;
  if (text.find(':') == std::string_view::npos) {
    auto span = plan::parse_span(text);
    if (!span) return {{}, span.message};
    delay.median = *span.value;
    return {delay, {}};
  }
  delay.kind = Delay::Kind::mix;
  double sum = 0;
  while (!text.empty()) {
    auto word = take(text, ',');
    const auto span = plan::parse_span(take(word, ':'));
    const auto percent = plan::parse_percent(word);
    if (!span || !percent) return {{}, "must be a list of DELAY:PERCENT, as in 150us:10,2ms:5"};
    delay.mix.emplace_back(*span.value, *percent.value);
    sum += *percent.value;
  }
  if (sum > 100.0001) return {{}, "must have at most 100 percent in all"};
  return {delay, {}};
}

config::Parsed<std::vector<std::pair<std::uint16_t, double>>> parse_statuses(std::string_view text) {
  std::vector<std::pair<std::uint16_t, double>> statuses;
  double sum = 0;
  while (!text.empty()) {
    auto word = take(text, ',');
    const auto status = plan::parse_count(take(word, ':'));
    const auto percent = word.empty() ? config::Parsed<double>{100.0, {}} : plan::parse_percent(word);
    if (!status || !percent || *status.value < 200 || *status.value > 599)
      return {{}, "must be a list of STATUS:PERCENT with final statuses, as in 503:5,404:1"};
    statuses.emplace_back(static_cast<std::uint16_t>(*status.value), *percent.value);
    sum += *percent.value;
  }
  if (statuses.empty()) return {{}, "must name a status"};
  if (sum > 100.0001) return {{}, "must have at most 100 percent in all"};
  return {statuses, {}};
}

config::Parsed<Stall> parse_stall(std::string_view text) {
  const auto after = plan::parse_span(take(text, ':'));
  const auto lasts = plan::parse_span(text);
  if (!after || !lasts || *lasts.value == 0) return {{}, "must be BEGIN:LENGTH, as in 4s:2s"};
  return {Stall{*after.value, *lasts.value}, {}};
}

}  // namespace loadtest::service
