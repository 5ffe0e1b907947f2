#include "loadtest/command/outputs.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "loadtest/command/files.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/report/csv.hpp"
#include "loadtest/report/html_report.hpp"
#include "loadtest/report/logs.hpp"
#include "loadtest/report/prometheus.hpp"
#include "loadtest/report/text_report.hpp"

namespace loadtest::command {
namespace {

using measure::Capacity;
using measure::Comparison;
using measure::Result;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

/// Several results in one file, one behind the other.
template <class One>
std::string of_each(const measure::Document& document, One one) {
  return std::visit(Overloaded{[&](const Result& result) { return one(result); },
                               [&](const Comparison& both) { return one(both.one) + one(both.two); },
                               [&](const Capacity& capacity) { return one(capacity.base); }},
                    document);
}

std::string json_of(const measure::Document& document) {
  return std::visit([](const auto& one) { return boost::json::serialize(measure::to_json(one)); }, document) + "\n";
}

std::string log_of(const measure::Document& document) {
  return std::visit(Overloaded{[](const Result& result) { return report::interval_log(result); },
                               [](const Comparison& both) { return report::interval_log(both); },
                               [](const Capacity& capacity) { return report::interval_log(capacity.base); }},
                    document);
}

}  // namespace

void add_outputs(CLI::App& command, Outputs& outputs, OutputSet which) {
  const auto* group = "What comes out";
  command.add_option("--json", outputs.json, "Everything, for report, diff and programs")->type_name("FILE")->group(group);
  command.add_flag("--quiet", outputs.quiet, "No report on the terminal")->group(group);
  command.add_flag("--no-progress", outputs.no_progress, "Nothing while it runs")->group(group);
  if (which.requests)
    command.add_option("--csv", outputs.requests, "A line for each request, written while they come")
        ->type_name("FILE")
        ->group(group);
  if (which.requests)
    command.add_option("--prometheus-listen", outputs.scrape, "HOST:PORT to be scraped at while it runs")
        ->type_name("ADDRESS")
        ->group(group);
  if (!which.documents) return;
  command.add_option("--html", outputs.html, "One page with all pictures, which needs no network")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--csv-windows", outputs.windows, "A line for each second")->type_name("FILE")->group(group);
  command.add_option("--hlog", outputs.interval_log, "HdrHistogram's interval log")->type_name("FILE")->group(group);
  command.add_option("--hgrm", outputs.percentiles, "HdrHistogram's percentiles")->type_name("FILE")->group(group);
  command.add_option("--prometheus", outputs.prometheus, "Prometheus' text format, after the run")
      ->type_name("FILE")
      ->group(group);
}

void check(const Outputs& outputs) {
  check_writable(outputs.json, "--json");
  check_writable(outputs.html, "--html");
  check_writable(outputs.windows, "--csv-windows");
  check_writable(outputs.requests, "--csv");
  check_writable(outputs.interval_log, "--hlog");
  check_writable(outputs.percentiles, "--hgrm");
  check_writable(outputs.prometheus, "--prometheus");
}

void write(const Outputs& outputs, const measure::Document& document) {
  std::optional<Mistake> first;
  const auto put = [&first](const std::string& path, std::string_view flag, auto make) {
    if (path.empty()) return;
    try {
      write_file(path, make(), flag);
    } catch (const Mistake& mistake) {
      if (!first) first = mistake;
    }
  };
  put(outputs.json, "--json", [&] { return json_of(document); });
  put(outputs.windows, "--csv-windows",
      [&] { return of_each(document, [](const Result& one) { return report::csv_of_windows(one.series); }); });
  put(outputs.interval_log, "--hlog", [&] { return log_of(document); });
  put(outputs.percentiles, "--hgrm",
      [&] { return of_each(document, [](const Result& one) { return report::percentile_file(one); }); });
  put(outputs.prometheus, "--prometheus",
      [&] { return of_each(document, [](const Result& one) { return report::prometheus_text(one); }); });
  put(outputs.html, "--html", [&] { return report::html_report(document); });
  if (!outputs.quiet) {
    const report::TextStyle style{wants_colour(), true};
    std::cout << std::visit([&style](const auto& one) { return report::text_report(one, style); }, document) << std::flush;
  }
  if (first) throw Mistake(*first);
}

bool wants_colour() {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace loadtest::command
