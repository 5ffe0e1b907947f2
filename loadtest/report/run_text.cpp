#include <fmt/format.h>

#include <algorithm>

#include "loadtest/measure/bootstrap.hpp"
#include "loadtest/report/background.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"
#include "loadtest/report/text_report.hpp"

namespace loadtest::report {
namespace {

using measure::Cell;
using measure::Ending;
using measure::Histogram;
using measure::Metric;
using measure::Reading;
using measure::Result;
using measure::Series;

constexpr std::array quantiles = {0.5, 0.9, 0.95, 0.99, 0.999};

/// A line of the table of times: exact extremes and mean, and what may be said of percentiles.
std::vector<std::string> times_row(const Series& series, std::string_view name, Metric known, Metric given_up) {
  const Cell cell = series.summary(known), others = series.summary(given_up);
  const Histogram values = series.total(known),
                  bounds = known == given_up ? Histogram(values.layout()) : series.total(given_up);
  const bool bounded = known != given_up && others.count != 0;
  const std::uint64_t count = cell.count + (bounded ? others.count : 0), sum = cell.sum + (bounded ? others.sum : 0);
  std::vector<std::string> row = {std::string(name)};
  if (count == 0) return row;
  row.push_back(cell.count == 0 ? "n/a" : duration(static_cast<double>(cell.min)));
  row.push_back((bounded ? "≥ " : "") + duration(static_cast<double>(sum) / static_cast<double>(count)));
  for (const double quantile : quantiles) row.push_back(short_percentile(read_percentile(values, bounds, quantile)));
  row.push_back((bounded ? "≥ " : "") + duration(static_cast<double>(bounded ? std::max(cell.max, others.max) : cell.max)));
  return row;
}

std::string times_table(const Series& series) {
  Table table;
  std::vector<std::string> head = {"", "min", "mean"};
  for (const double quantile : quantiles) head.push_back(name_of_quantile(quantile));
  head.push_back("max");
  table.row(std::move(head));
  table.row(times_row(series, "Response", Metric::success, Metric::unfinished));
  table.row(times_row(series, "Service", Metric::service, Metric::service_unfinished));
  table.row(times_row(series, "First byte", Metric::first_byte, Metric::first_byte_unfinished));
  for (const auto& [name, metric] : {std::pair{"First event", Metric::first_event},
                                     {"Event gap", Metric::gap},
                                     {"4xx", Metric::client_error},
                                     {"5xx", Metric::server_error},
                                     {"Failed", Metric::transport}}) {
    if (series.summary(metric).count != 0) table.row(times_row(series, name, metric, metric));
  }
  return table.text();
}

/// Why a column says n/a.
std::string needs(const Series& series) {
  const std::uint64_t count = series.summary(Metric::success).count + series.summary(Metric::unfinished).count;
  std::string out;
  for (const double quantile : quantiles) {
    const std::uint64_t need = measure::values_needed(quantile);
    if (count < need)
      out += fmt::format("{}{} n/a (need {})", out.empty() ? "" : ", ", name_of_quantile(quantile), whole(need));
  }
  return out.empty() ? out : fmt::format("  {} with {} requests\n", out, whole(count));
}

std::string confidence_line(const Series& series) {
  const auto estimates = measure::bootstrap(series, {}, {quantiles.begin(), quantiles.end()});
  std::string out;
  for (std::size_t i = 0; i != quantiles.size(); ++i) {
    const Reading::State state = measure::response_percentile(series, quantiles[i]).state;
    if (!estimates[i].known || state != Reading::State::known) continue;
    out += fmt::format("{}{} {} to {}", out.empty() ? "" : ", ", name_of_quantile(quantiles[i]),
                       duration(estimates[i].confidence.lower), duration(estimates[i].confidence.upper));
  }
  return out.empty() ? out : "  95 % confidence: " + out + "\n";
}

std::string codes_line(const Series& series) {
  std::string out;
  for (const auto& [code, count] : series.codes()) out += fmt::format("{}{}:{}", out.empty() ? "" : "  ", code, whole(count));
  return out.empty() ? "none" : out;
}

std::string endings_text(const Series& series, const Paint& paint) {
  constexpr std::array<std::string_view, measure::endings> words = {"",
                                                                    "no connection",
                                                                    "TLS handshake failed",
                                                                    "connection or stream broke",
                                                                    "cut off inside the answer",
                                                                    "not HTTP",
                                                                    "not the body that was expected",
                                                                    "timed out",
                                                                    "still in flight at the end",
                                                                    "not sent by the generator"};
  const auto ends = series.by_ending();
  std::string out;
  for (std::size_t i = 1; i != ends.size(); ++i) {
    if (ends[i] != 0) out += fmt::format("  {} {}\n", paint.bad(right(whole(ends[i]), 9)), words[i]);
  }
  return out;
}

std::string counts_table(const Result& result) {
  const Series& series = result.series;
  const std::uint64_t started = series.started();
  const double seconds = static_cast<double>(result.length) / 1e9;
  Table table;
  const auto line = [&](std::string name, std::string what, std::string values) {
    table.row({left(name, 14) + left(what, 31) + values});
  };
  line("Requests", "[total, offered, achieved]",
       fmt::format("{}, {}, {}/s", whole(started),
                   result.open_loop ? rate(result.offered) + "/s" : fmt::format("closed loop of {}", result.connections),
                   rate(result.achieved())));
  line("Duration", "[measured, warm-up, drained]",
       fmt::format("{}, {}, {}", duration(static_cast<double>(result.length)), duration(static_cast<double>(result.warm_up)),
                   duration(static_cast<double>(result.drained))));
  const auto mean = [&](std::uint64_t count) {
    return bytes(started == 0 ? 0 : static_cast<double>(count) / static_cast<double>(started));
  };
  line("Bytes In", "[total, mean]",
       fmt::format("{}, {}", bytes(static_cast<double>(series.bytes_in())), mean(series.bytes_in())));
  line("Bytes Out", "[total, mean]",
       fmt::format("{}, {}", bytes(static_cast<double>(series.bytes_out())), mean(series.bytes_out())));
  line("Success", "[ratio]", percent(1 - result.error_share()));
  line("Status Codes", "[code:count]", codes_line(series));
  (void)seconds;
  return table.text();
}

std::string phases_table(const Series& series) {
  const double successes = static_cast<double>(series.summary(Metric::success).count);
  const double whole_sum = static_cast<double>(series.summary(Metric::success).sum);
  if (successes == 0) return {};
  Table table;
  table.row({"Phase", "mean", "p50", "p99", "of all", "requests", ""});
  for (const auto& [name, metric] : {std::pair{"late", Metric::lateness},
                                     {"queue", Metric::queue},
                                     {"connect", Metric::connect},
                                     {"tls", Metric::tls},
                                     {"send", Metric::send},
                                     {"wait", Metric::wait},
                                     {"receive", Metric::receive}}) {
    const Cell cell = series.summary(metric);
    if (cell.count == 0) continue;
    const Histogram times = series.total(metric), none(2);
    const double share = whole_sum == 0 ? 0 : static_cast<double>(cell.sum) / whole_sum;
    table.row({name, duration(static_cast<double>(cell.sum) / static_cast<double>(cell.count)),
               short_percentile(read_percentile(times, none, 0.5)), short_percentile(read_percentile(times, none, 0.99)),
               percent(share), whole(cell.count), left(bar(share, 20), 20)});
  }
  return "\n" + table.text();
}

std::string server_parts_table(const Result& result) {
  if (result.server_parts.empty()) return {};
  Table table;
  table.row({"Server says", "mean", "p50", "p99", "answers"});
  for (const measure::ServerPart& part : result.server_parts) {
    const Histogram none(2);
    if (part.count == 0) continue;
    table.row({printable(part.name), duration(static_cast<double>(part.sum) / static_cast<double>(part.count)),
               short_percentile(read_percentile(part.times, none, 0.5)),
               short_percentile(read_percentile(part.times, none, 0.99)), whole(part.count)});
  }
  return "\n" + table.text();
}

std::string generator_text(const Result& result) {
  const Series& series = result.series;
  const Histogram lateness = series.total(Metric::lateness), none(2);
  std::string out;
  const auto line = [&](std::string_view name, const std::string& text) {
    out += fmt::format("  {} {}\n", left(name, 14), text);
  };
  if (!lateness.empty()) {
    line("lateness", fmt::format("p50 {}, p99 {}", short_percentile(read_percentile(lateness, none, 0.5)),
                                 percentile(read_percentile(lateness, none, 0.99))));
  }
  if (!result.generator.loop_lag.empty()) {
    line("loop lag", fmt::format("p50 {}, p99 {}", short_percentile(read_percentile(result.generator.loop_lag, none, 0.5)),
                                 percentile(read_percentile(result.generator.loop_lag, none, 0.99))));
  }
  std::string shares;
  for (const double share : result.generator.cpu_shares) shares += (shares.empty() ? "" : ", ") + percent(share);
  if (!shares.empty()) line("cpu by thread", shares);
  line("Little's law",
       fmt::format("{:.2f} in flight, response times explain {:.2f}", result.little.in_flight, result.little.expected));
  if (result.generator.waited != 0)
    line("client-side", whole(result.generator.waited) + " requests waited for a free connection");
  if (result.generator.stale != 0)
    line("stale", whole(result.generator.stale) + " requests sent again: the server had closed the idle connection");
  if (result.floor) line("machine floor", floor_text(*result.floor));
  return out;
}

std::string notes_text(const Result& result) {
  std::vector<std::string> notes = result.notes;
  if (!result.open_loop) notes.insert(notes.begin(), "closed loop: stalls are under-represented; use --rate");
  if (!result.steady) notes.push_back("the run never became steady: no warm-up was left out");
  if (result.interrupted) notes.push_back("interrupted: this is what there was until then");
  if (result.series.summary(Metric::unfinished).count != 0) {
    notes.push_back("≥: requests that were given up count with the time until then, which is less than they would have taken");
  }
  if (result.open_loop) notes.push_back("response time counts from when a request was due, service time from when it was sent");
  std::string out;
  for (const std::string& note : notes) out += "  " + printable(note) + "\n";
  for (const measure::Mark& mark : result.marks)
    out += fmt::format("  at {}: {}\n", duration(static_cast<double>(mark.at)), printable(mark.text));
  for (const auto& [name, value] : result.labels) out += fmt::format("  {} = {}\n", printable(name), printable(value));
  return out;
}

std::string background_text(const Result& result, const Paint& paint) {
  if (result.background.empty()) return {};
  std::string out = "\n" + paint.strong("Beside it") + " (in none of the figures above)\n";
  for (const Result& one : result.background) out += fmt::format("  {}\n    {}\n", printable(one.title), about_background(one));
  return out;
}

}  // namespace

std::string text_report(const Result& result, TextStyle style) {
  const Paint paint(style.colour);
  const Series& series = result.series;
  std::string out = verdict_lines(result.verdict, result.objectives, result.title, paint) + "\n" + counts_table(result) + "\n";
  out += times_table(series) + needs(series);
  if (style.confidence) out += confidence_line(series);
  if (const Histogram times = series.total(Metric::success); !times.empty())
    out += "\n" + paint.strong("Response times") + " (each line the same factor more)\n" + log_histogram(times, paint);
  out += phases_table(series) + server_parts_table(result);
  if (const std::string failures = endings_text(series, paint); !failures.empty())
    out += "\n" + paint.strong("Errors") + "\n" + failures;
  out += background_text(result, paint);
  out += "\n" + paint.strong("Validity") + "\n" + generator_text(result) + notes_text(result);
  const double seconds = static_cast<double>(result.length) / 1e9;
  return out + fmt::format("\nRequests/sec: {:10.2f}\nTransfer/sec: {:>10}\n", result.achieved(),
                           bytes(seconds <= 0 ? 0 : static_cast<double>(series.bytes_in()) / seconds));
}

}  // namespace loadtest::report
