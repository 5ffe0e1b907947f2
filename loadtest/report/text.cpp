#include "loadtest/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "loadtest/report/figures.hpp"

namespace loadtest::report {
namespace {

constexpr std::size_t most_bins = 16;
constexpr std::size_t bar_width = 40;

struct Bin {
  double end;
  std::uint64_t count;
};

/// From the least to the greatest value, with the smallest factor of these that needs few enough bins.
std::vector<Bin> bins_of(const measure::Histogram& times) {
  const double least = std::max(1.0, static_cast<double>(times.min())),
               greatest = std::max(least, static_cast<double>(times.max()));
  double factor = 2;
  for (const double candidate : {1.02, 1.05, 1.1, 1.25, std::sqrt(2.0), 2.0, 4.0, 10.0}) {
    factor = candidate;
    if (std::log(greatest / least) / std::log(candidate) <= static_cast<double>(most_bins)) break;
  }
  std::vector<Bin> bins;
  for (double end = least * factor;; end *= factor) {
    bins.push_back({end, 0});
    if (end >= greatest) break;
  }
  std::size_t bin = 0;
  for (std::size_t i = 0; i != times.end(); ++i) {
    if (times.count_at(i) == 0) continue;
    while (bin + 1 != bins.size() && static_cast<double>(times.layout().middle_at(i)) > bins[bin].end) ++bin;
    bins[bin].count += times.count_at(i);
  }
  return bins;
}

}  // namespace

std::string Paint::in(std::string_view code, std::string_view text) const {
  return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

std::string Table::text(std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i != row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i != row.size(); ++i) line += i == 0 ? left(row[i], widths[i]) : "  " + right(row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string verdict_lines(const measure::Verdict& verdict, const std::vector<measure::Objective>& objectives,
                          std::string_view title, const Paint& paint) {
  std::string out =
      paint.strong(verdict.valid ? paint.good("VALID") : paint.bad("INVALID (generator)")) + "  " + printable(title) + "\n";
  for (const std::string& reason : verdict.reasons) out += "  " + paint.bad("!") + " " + printable(reason) + "\n";
  if (!verdict.valid) out += paint.faint("  The numbers below say more about this machine than about the server.") + "\n";
  std::size_t width = 0;
  for (const measure::Objective& objective : objectives) width = std::max(width, columns(objective.text));
  for (const measure::Objective& objective : objectives) {
    using Outcome = measure::Objective::Outcome;
    const std::string mark = objective.outcome == Outcome::held     ? paint.good("✓")
                             : objective.outcome == Outcome::broken ? paint.bad("✗")
                                                                    : paint.doubtful("?");
    out += fmt::format("  {} {}  {}\n", mark, left(objective.text, width), objective.observed);
  }
  return out;
}

std::string floor_text(const measure::Floor& floor) {
  return fmt::format("lateness p50 {}, p99 {}; round trip p50 {}; at most {}/s",
                     duration(static_cast<double>(floor.lateness_p50)), duration(static_cast<double>(floor.lateness_p99)),
                     duration(static_cast<double>(floor.round_trip_p50)), rate(floor.most_per_second));
}

std::string log_histogram(const measure::Histogram& times, const Paint& paint) {
  if (times.empty()) return {};
  const std::vector<Bin> bins = bins_of(times);
  const std::uint64_t most =
      std::max_element(bins.begin(), bins.end(), [](const Bin& a, const Bin& b) { return a.count < b.count; })->count;
  std::string out;
  for (const Bin& bin : bins) {
    const double share = static_cast<double>(bin.count) / static_cast<double>(times.total());
    out += fmt::format("  ≤ {}  {} {} {}\n", right(duration(bin.end), 7),
                       left(bar(static_cast<double>(bin.count) / static_cast<double>(most), bar_width), bar_width),
                       right(whole(bin.count), 9), paint.faint(right(percent(share), 8)));
  }
  return out;
}

}  // namespace loadtest::report
