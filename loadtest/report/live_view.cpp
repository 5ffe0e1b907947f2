#include "loadtest/report/live_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"

namespace loadtest::report {
namespace {

/// Percentiles on a terminal are of the last two seconds.
constexpr std::size_t pieces_on_terminal = 10;
constexpr std::size_t most_rates = 200;
constexpr std::size_t narrowest = 20;

std::string percentile_text(const measure::Histogram& times, double percentile) {
  return times.empty() ? "-" : duration(static_cast<double>(times.value_at_percentile(percentile)));
}

/// No more than this many columns of it.
std::string cut(std::string_view text, std::size_t width) {
  std::size_t taken = 0, at = 0;
  while (at != text.size()) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && taken++ == width) break;
    ++at;
  }
  return std::string(text.substr(0, at));
}

}  // namespace

LiveStyle LiveStyle::of(bool terminal, const char* no_colour, const char* columns_given, const char* term, std::size_t wide) {
  LiveStyle style;
  style.terminal = terminal && (term == nullptr || std::string_view(term) != "dumb");
  // https://no-color.org: when it is there and not empty.
  style.colour = style.terminal && (no_colour == nullptr || *no_colour == '\0');
  style.columns = wide != 0 ? wide : 80;
  if (columns_given != nullptr) {
    const std::string_view text(columns_given);
    std::size_t number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{} && number != 0)
      style.columns = number;
  }
  style.columns = std::clamp<std::size_t>(style.columns, narrowest, 1000);
  return style;
}

std::string LiveView::sparkline(std::size_t width) const {
  constexpr std::array<std::string_view, 8> levels = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t count = std::min(width, rates_.size());
  const double most = rates_.empty() ? 0 : *std::max_element(rates_.end() - static_cast<std::ptrdiff_t>(count), rates_.end());
  std::string out;
  for (std::size_t i = rates_.size() - count; i != rates_.size(); ++i) {
    const double share = most <= 0 ? 0 : rates_[i] / most;
    out += levels[std::min<std::size_t>(7, static_cast<std::size_t>(share * 7.999))];
  }
  return out;
}

std::string LiveView::progress(measure::Nanoseconds now, const measure::Glance& glance, std::size_t width) const {
  const double share = length_ > 0     ? static_cast<double>(now) / static_cast<double>(length_)
                       : requests_ > 0 ? static_cast<double>(glance.ended) / static_cast<double>(requests_)
                                       : 0;
  return left(bar(std::min(share, 1.0), width), width);
}

std::string LiveView::drawn(measure::Nanoseconds now, const measure::Glance& glance, double current, double errors,
                            bool warm_up) {
  const Paint paint(style_.colour);
  const std::size_t width = style_.columns - 1;
  const std::string time =
      length_ > 0 ? fmt::format("{:.0f}/{:.0f} s", static_cast<double>(now) / 1e9, static_cast<double>(length_) / 1e9)
                  : fmt::format("{:.0f} s", static_cast<double>(now) / 1e9);
  const std::string failed = fmt::format("errors {}", percent(errors));
  std::array<std::string, 3> plain = {
      cut(printable(title_), width),
      cut(fmt::format("{} {}{}", progress(now, glance, 20), time, warm_up ? "  warm-up" : ""), width),
      cut(fmt::format("{}/s  p50 {}  p99 {}  {}", right(rate(current), 8), percentile_text(recent_, 50),
                      percentile_text(recent_, 99), failed),
          width)};
  const std::size_t spare = width - std::min(width, columns(plain[2]) + 2);
  std::string out = clear();
  out += paint.strong(plain[0]) + "\n" + plain[1] + "\n" + (errors > 0 ? paint.bad(plain[2]) : plain[2]);
  if (spare >= 8) out += "  " + paint.good(sparkline(std::min<std::size_t>(spare, 60)));
  lines_ = plain.size();
  return out + "\n";
}

std::string LiveView::show(measure::Nanoseconds now, const measure::Glance& glance, bool warm_up) {
  const double seconds = static_cast<double>(now - last_) / 1e9;
  const auto since = [&](std::uint64_t measure::Glance::*member) {
    return static_cast<double>(glance.*member - before_.*member);
  };
  const double current = seconds <= 0 ? 0 : since(&measure::Glance::ended) / seconds;
  const double ended = since(&measure::Glance::ended);
  const double errors = ended <= 0 ? 0 : std::min(1.0, since(&measure::Glance::failed) / ended);
  measure::Histogram piece(2);
  piece.add_packed(glance.recent);
  pieces_.push_back(std::move(piece));
  while (pieces_.size() > (style_.terminal ? pieces_on_terminal : 1)) pieces_.pop_front();
  recent_ = measure::Histogram(2);
  for (const measure::Histogram& one : pieces_) recent_.merge(one);
  rates_.push_back(current);
  if (rates_.size() > most_rates) rates_.pop_front();
  last_ = now;
  before_ = glance;
  before_.recent.clear();
  if (style_.terminal) return drawn(now, glance, current, errors, warm_up);
  return fmt::format("{:.0f} s{}: {}/s, p50 {}, p99 {}, errors {}\n", static_cast<double>(now) / 1e9,
                     warm_up ? " (warm-up)" : "", rate(current), percentile_text(recent_, 50), percentile_text(recent_, 99),
                     percent(errors));
}

std::string LiveView::clear() {
  if (lines_ == 0) return {};
  // To the first column, up to the first line of the last drawing, and away with what is below.
  std::string out = fmt::format("\r\x1b[{}A\x1b[J", lines_);
  lines_ = 0;
  return out;
}

}  // namespace loadtest::report
