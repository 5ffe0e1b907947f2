#include "loadtest/report/prometheus.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "loadtest/measure/percentile.hpp"

namespace loadtest::report {
namespace {

using measure::Metric;
using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr std::array bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                               0.1,    0.25,    0.5,    1.0,   2.5,    5.0,   10.0, 30.0};

std::string number(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

/// Names of labels are letters, digits and `_`, and begin with no digit.
std::string label_name(std::string_view text) {
  std::string out;
  for (const char c : text) out += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
  return out.empty() || (out.front() >= '0' && out.front() <= '9') ? "_" + out : out;
}

class Page {
 public:
  Page(const std::string& title, const Labels& labels) {
    common_.emplace_back("url", title);
    for (const auto& [name, value] : labels) common_.emplace_back("label_" + label_name(name), value);
  }
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_ += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
  }
  void sample(double value, const Labels& labels = {}, std::string_view suffix = {}) {
    out_.append(name_).append(suffix);
    char before = '{';
    for (const Labels* const list : std::array<const Labels*, 2>{&common_, &labels}) {
      for (const auto& [name, text] : *list) {
        out_.append(1, before).append(name).append("=\"").append(escaped(text)).append("\"");
        before = ',';
      }
    }
    out_.append("} ").append(number(value)).append("\n");
  }
  std::string take() { return std::move(out_); }

 private:
  Labels common_;
  std::string name_;
  std::string out_;
};

/// `sum` in nanoseconds.
void write_histogram(Page& page, const measure::Histogram& times, double sum, std::string_view name, std::string_view help) {
  page.family(name, "histogram", help);
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (const double bound : bounds) {
    for (; at != times.end() && static_cast<double>(times.layout().middle_at(at)) <= bound * 1e9; ++at)
      seen += times.count_at(at);
    page.sample(static_cast<double>(seen), {{"le", number(bound)}}, "_bucket");
  }
  page.sample(static_cast<double>(times.total()), {{"le", "+Inf"}}, "_bucket");
  page.sample(sum / 1e9, {}, "_sum");
  page.sample(static_cast<double>(times.total()), {}, "_count");
}

void write_times(Page& page, const measure::Series& series, Metric metric, std::string_view name, std::string_view help) {
  write_histogram(page, series.total(metric), static_cast<double>(series.summary(metric).sum), name, help);
}

void write_quantiles(Page& page, const measure::Series& series) {
  page.family("spaceport_bench_response_quantile_seconds", "gauge",
              "Response time from the due time, as far as there were enough requests to say.");
  for (const double quantile : {0.5, 0.9, 0.95, 0.99, 0.999}) {
    const measure::Reading reading = response_percentile(series, quantile);
    if (reading.state == measure::Reading::State::too_few) continue;
    Labels labels = {{"quantile", number(quantile)}};
    if (reading.state == measure::Reading::State::at_least) labels.emplace_back("at_least", "true");
    page.sample(static_cast<double>(reading.value) / 1e9, labels);
  }
}

}  // namespace

std::string prometheus_text(const LiveNumbers& numbers) {
  Page page(numbers.title, numbers.labels);
  const auto one = [&](std::string_view name, std::string_view type, std::string_view help, double value) {
    page.family(name, type, help);
    page.sample(value);
  };
  one("spaceport_bench_elapsed_seconds", "gauge", "Since the run began.", static_cast<double>(numbers.now) / 1e9);
  one("spaceport_bench_started_total", "counter", "Requests that were due, warm-up included.",
      static_cast<double>(numbers.seen.started));
  one("spaceport_bench_ended_total", "counter", "Requests that came to an end.", static_cast<double>(numbers.seen.ended));
  one("spaceport_bench_failed_total", "counter", "Of these: 5xx, and what was no answer.",
      static_cast<double>(numbers.seen.failed));
  one("spaceport_bench_live_received_bytes_total", "counter", "Bytes of answers.", static_cast<double>(numbers.seen.bytes_in));
  one("spaceport_bench_connections", "gauge", "Connections that are open.", static_cast<double>(numbers.connections));
  write_histogram(page, numbers.answers, numbers.answers.mean() * static_cast<double>(numbers.answers.total()),
                  "spaceport_bench_answer_seconds", "Response time of answers, from the due time.");
  return page.take();
}

std::string prometheus_text(const measure::Result& result) {
  const measure::Series& series = result.series;
  Page page(result.title, result.labels);
  page.family("spaceport_bench_valid", "gauge", "1: the generator was not what was measured.");
  page.sample(result.verdict.valid ? 1 : 0);
  page.family("spaceport_bench_requests_total", "counter", "Requests by status, or by how they failed.");
  for (const auto& [code, count] : series.codes()) page.sample(static_cast<double>(count), {{"result", std::to_string(code)}});
  const auto ends = series.by_ending();
  for (std::size_t i = 1; i != ends.size(); ++i) {
    if (ends[i] != 0) page.sample(static_cast<double>(ends[i]), {{"result", std::string(measure::ending_names[i])}});
  }
  const auto one = [&](std::string_view name, std::string_view type, std::string_view help, double value) {
    page.family(name, type, help);
    page.sample(value);
  };
  one("spaceport_bench_offered_per_second", "gauge", "Requests a second of the schedule; 0 for a closed loop.", result.offered);
  one("spaceport_bench_achieved_per_second", "gauge", "Requests a second that came to an end.", result.achieved());
  one("spaceport_bench_error_ratio", "gauge", "Requests that failed or were answered with 5xx, of all.", result.error_share());
  one("spaceport_bench_received_bytes_total", "counter", "Bytes of answers.", static_cast<double>(series.bytes_in()));
  one("spaceport_bench_sent_bytes_total", "counter", "Bytes of requests.", static_cast<double>(series.bytes_out()));
  one("spaceport_bench_in_flight", "gauge", "Requests at once, on the average.", result.little.in_flight);
  write_quantiles(page, series);
  write_times(page, series, Metric::success, "spaceport_bench_response_seconds",
              "Response time of successes, from the due time.");
  write_times(page, series, Metric::service, "spaceport_bench_service_seconds",
              "Service time of successes, from their sending.");
  write_times(page, series, Metric::lateness, "spaceport_bench_lateness_seconds", "How late the generator began requests.");
  if (!result.objectives.empty()) page.family("spaceport_bench_objective_held", "gauge", "1: held, 0: broken or not known.");
  for (const measure::Objective& objective : result.objectives) {
    page.sample(objective.outcome == measure::Objective::Outcome::held ? 1 : 0, {{"objective", objective.text}});
  }
  return page.take();
}

}  // namespace loadtest::report
