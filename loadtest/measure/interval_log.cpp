#include "loadtest/measure/interval_log.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <optional>

#include "loadtest/measure/histogram_codec.hpp"

namespace loadtest::measure {
namespace {

constexpr double nanoseconds_in_a_second = 1e9;
constexpr double nanoseconds_in_a_millisecond = 1e6;

double seconds(Nanoseconds time) noexcept { return static_cast<double>(time) / nanoseconds_in_a_second; }

std::string utc(Nanoseconds since_1970) {
  const auto whole = static_cast<std::time_t>(since_1970 / 1'000'000'000);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char text[64];
  const std::size_t length = std::strftime(text, sizeof text, "%a %b %d %H:%M:%S UTC %Y", &parts);
  return {text, length};
}

std::optional<double> read_number(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number) || std::abs(number) > 9e9) return {};
  return number;
}

/// To the microsecond: seconds since 1970 have no more in a double.
Nanoseconds to_time(double in_seconds) noexcept { return std::llround(in_seconds * 1e6) * Nanoseconds{1000}; }

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

/// One line of an interval; what is wrong with it, if something is.
std::string read_interval(std::string_view line, Interval& interval) {
  if (line.starts_with("Tag=")) {
    line.remove_prefix(4);
    interval.tag = take_until(line, ',');
  }
  const auto begin = read_number(take_until(line, ','));
  const auto length = read_number(take_until(line, ','));
  const auto longest_value = read_number(take_until(line, ','));
  if (!begin || !length || *length < 0 || !longest_value) return "is not an interval: [Tag=A,]start,length,max,histogram";
  interval.begin = to_time(*begin);
  interval.length = to_time(*length);
  auto histogram = decode_base64(line);
  if (!histogram) return "the histogram " + histogram.message;
  interval.histogram = std::move(*histogram.value);
  return {};
}

/// `#[Name: number ...`
std::optional<double> noted(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return {};
  line.remove_prefix(name.size());
  while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
  return read_number(take_until(line, ' '));
}

/// Start times are since the base time if there is one. Without, they are absolute, unless that would be a year before the start.
void make_relative(IntervalLog& log, std::optional<double> base) {
  if (log.intervals.empty()) return;
  constexpr double year = 365.0 * 24 * 3600;
  const double first = seconds(log.intervals.front().begin);
  const double start = seconds(log.start);
  const double origin = base ? *base : first < start - year ? start : 0;
  const Nanoseconds shift = to_time(origin - start);
  for (Interval& interval : log.intervals) interval.begin += shift;
}

}  // namespace

std::string interval_log_head(Nanoseconds start) {
  return fmt::format(
      "#[Histogram log format version 1.3]\n#[StartTime: {:.3f} (seconds since epoch), {}]\n"
      "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
      seconds(start), utc(start));
}

std::string interval_log_line(const Interval& interval) {
  std::string tag = interval.tag;
  for (char& c : tag) {
    if (c == ',' || c == ' ' || static_cast<unsigned char>(c) < 0x20) c = '_';
  }
  return fmt::format("{}{}{}{:.3f},{:.3f},{:.3f},{}\n", tag.empty() ? "" : "Tag=", tag, tag.empty() ? "" : ",",
                     seconds(interval.begin), seconds(interval.length),
                     static_cast<double>(interval.histogram.max()) / nanoseconds_in_a_millisecond,
                     encode_base64(interval.histogram));
}

config::Parsed<IntervalLog> read_interval_log(std::string_view text) {
  IntervalLog log;
  std::optional<double> base;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto start = noted(line, "#[StartTime:")) log.start = to_time(*start);
    if (const auto noted_base = noted(line, "#[BaseTime:")) base = noted_base;
    if (line.empty() || line.front() == '#' || line.front() == '"') continue;
    log.intervals.emplace_back();
    if (const std::string wrong = read_interval(line, log.intervals.back()); !wrong.empty())
      return {{}, fmt::format("line {}: {}", number, wrong)};
  }
  if (log.intervals.empty()) return {{}, "no interval in it"};
  make_relative(log, base);
  return {std::move(log), {}};
}

std::string percentile_table(const Histogram& histogram) {
  constexpr double steps = 5;
  std::string out = fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  const Layout& layout = histogram.layout();
  const auto in_milliseconds = [](double value) { return value / nanoseconds_in_a_millisecond; };
  double level = 0;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i != histogram.end(); ++i) {
    if (histogram.count_at(i) == 0) continue;
    seen += histogram.count_at(i);
    const double value = in_milliseconds(static_cast<double>(layout.highest_at(i)));
    const double reached = 100.0 * static_cast<double>(seen) / static_cast<double>(histogram.total());
    while (level < 100 && reached >= level) {
      out += fmt::format("{:12.3f} {:2.12f} {:10} {:14.2f}\n", value, level / 100, seen, 1 / (1 - level / 100));
      level =
          seen == histogram.total() ? 100 : level + 100 / (steps * std::exp2(std::floor(std::log2(100 / (100 - level))) + 1));
    }
    if (seen == histogram.total()) out += fmt::format("{:12.3f} {:2.12f} {:10}\n", value, 1.0, seen);
  }
  return out + fmt::format(
                   "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n#[Max     = {:12.3f}, Total count    = {:12}]\n"
                   "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                   in_milliseconds(histogram.mean()), in_milliseconds(histogram.standard_deviation()),
                   in_milliseconds(static_cast<double>(histogram.max())), histogram.total(), layout.buckets(),
                   layout.sub_buckets());
}

}  // namespace loadtest::measure
