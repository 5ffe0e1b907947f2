#include "loadtest/report/page_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "loadtest/report/capacity_model.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/page_run.hpp"

namespace loadtest::report {
namespace {

namespace json = boost::json;
using measure::Capacity;
using measure::Comparison;
using measure::Result;

std::string utc(measure::Nanoseconds since_1970) {
  const auto whole_seconds = static_cast<std::time_t>(since_1970 / 1'000'000'000);
  std::tm parts{};
  gmtime_r(&whole_seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

json::array texts(const std::vector<std::string>& list) {
  json::array made;
  for (const std::string& text : list) made.emplace_back(text);
  return made;
}

json::array objectives(const std::vector<measure::Objective>& list) {
  constexpr std::array words = {"held", "broken", "unknown"};
  json::array made;
  for (const measure::Objective& objective : list) {
    made.push_back(json::object{{"text", objective.text},
                                {"outcome", words[static_cast<std::size_t>(objective.outcome)]},
                                {"observed", objective.observed}});
  }
  return made;
}

/// What stands above and below the charts.
json::object frame(std::string_view kind, std::string title, const Result& of) {
  std::vector<std::string> notes = of.notes;
  if (!of.open_loop && kind == "run") notes.insert(notes.begin(), "Closed loop: stalls are under-represented; use --rate.");
  if (!of.steady) notes.push_back("The run never became steady: no warm-up was left out.");
  if (of.interrupted) notes.push_back("Interrupted: this is what there was until then.");
  if (of.series.summary(measure::Metric::unfinished).count != 0) {
    notes.push_back("≥: requests that were given up count with the time until then, which is less than they would have taken.");
  }
  json::array labels;
  for (const auto& [name, value] : of.labels) labels.push_back(json::array{name, value});
  json::array machines;
  for (const json::object& machine : of.machines) machines.push_back(machine);
  return {{"kind", kind},
          {"title", std::move(title)},
          {"version", of.version},
          {"started", utc(of.started)},
          {"open_loop", of.open_loop},
          {"notes", texts(notes)},
          {"labels", std::move(labels)},
          {"settings", of.settings},
          {"machines", std::move(machines)},
          {"verdict", json::object{{"valid", of.verdict.valid}, {"reasons", texts(of.verdict.reasons)}}},
          {"objectives", objectives(of.objectives)}};
}

json::object interval(const measure::Estimate& estimate) {
  if (!estimate.known) return {{"known", false}};
  return {{"known", true},
          {"value", estimate.value / 1e6},
          {"lower", estimate.confidence.lower / 1e6},
          {"upper", estimate.confidence.upper / 1e6},
          {"text", difference(estimate.value)},
          {"confidence", difference(estimate.confidence.lower) + " to " + difference(estimate.confidence.upper)}};
}

json::object phase(const measure::Attribution::Phase& one) {
  return {{"name", one.name}, {"one", duration(one.one)}, {"two", duration(one.two)}, {"difference", interval(one.difference)}};
}

json::object of_document(const Result& result) {
  json::object made = frame("run", result.title, result);
  made["runs"] = json::array{page_of_run(result)};
  return made;
}

json::object of_document(const Comparison& comparison) {
  json::object made = frame("comparison", comparison.name_one + " against " + comparison.name_two, comparison.one);
  made["verdict"] = json::object{
      {"valid", comparison.one.verdict.valid && comparison.two.verdict.valid},
      {"reasons", texts(comparison.one.verdict.valid ? comparison.two.verdict.reasons : comparison.one.verdict.reasons)}};
  made["objectives"] = objectives(comparison.two.objectives);
  json::object one = page_of_run(comparison.one), two = page_of_run(comparison.two);
  one["name"] = comparison.name_one;
  two["name"] = comparison.name_two;
  json::array curves{curve(comparison.name_one, comparison.one.series.total(measure::Metric::success)),
                     curve(comparison.name_two, comparison.two.series.total(measure::Metric::success))};
  const measure::Differences found = measure::differences_of(comparison);
  json::array differences;
  for (const auto& each : found.percentiles) {
    differences.push_back(json::object{{"name", name_of_quantile(each.quantile)},
                                       {"one", percentile(each.one)},
                                       {"two", percentile(each.two)},
                                       {"difference", interval(each.difference)}});
  }
  const measure::Attribution& attribution = found.attribution;
  json::array phases, parts;
  for (const measure::Attribution::Phase& each : attribution.phases) phases.push_back(phase(each));
  for (const measure::Attribution::Part& part : attribution.parts)
    parts.push_back(json::array{part.name, part.mean / 1e6, difference(part.mean)});
  if (!parts.empty()) parts.push_back(json::array{"other", attribution.other / 1e6, difference(attribution.other)});
  made["comparison"] = {{"names", json::array{comparison.name_one, comparison.name_two}},
                        {"curves", std::move(curves)},
                        {"differences", std::move(differences)},
                        {"phases", std::move(phases)},
                        {"total", phase(attribution.total)},
                        {"parts", std::move(parts)},
                        {"chance", found.chance}};
  made["runs"] = json::array{std::move(one), std::move(two)};
  return made;
}

json::array trials(const Capacity& capacity) {
  std::vector<measure::Trial> sorted = capacity.trials;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const measure::Trial& a, const measure::Trial& b) { return a.rate < b.rate; });
  json::array made;
  for (const measure::Trial& trial : sorted) {
    made.push_back(json::object{{"rate", trial.rate},
                                {"achieved", trial.achieved},
                                {"held", trial.held},
                                {"conclusive", trial.conclusive},
                                {"broken", trial.broken},
                                {"p50_ms", static_cast<double>(trial.p50) / 1e6},
                                {"p99_ms", static_cast<double>(trial.p99) / 1e6},
                                {"p50", duration(static_cast<double>(trial.p50))},
                                {"p99", duration(static_cast<double>(trial.p99))},
                                {"errors", percent(trial.error_share)},
                                {"in_flight", trial.in_flight},
                                {"server_cores", trial.server_cores},
                                {"length", duration(static_cast<double>(trial.length))},
                                {"rate_text", rate(trial.rate)},
                                {"achieved_text", rate(trial.achieved)}});
  }
  return made;
}

json::object of_document(const Capacity& capacity) {
  json::object made = frame("capacity", capacity.base.title, capacity.base);
  json::object model;
  if (const auto fit = fit_of(capacity)) {
    double most = 0;
    for (const measure::Trial& trial : capacity.trials) most = std::max(most, trial.in_flight);
    json::array line;
    for (int i = 0; i <= 100; ++i) {
      const double concurrency = most * 1.3 * i / 100;
      line.push_back(json::array{concurrency, fit->at(concurrency)});
    }
    model = {{"line", std::move(line)},
             {"lambda", fit->lambda},
             {"sigma", fit->sigma},
             {"kappa", fit->kappa},
             {"r_squared", fit->r_squared}};
    if (const auto peak = fit->peak()) model["peak"] = *peak;
  }
  json::object found{{"objectives", texts(capacity.objectives)},
                     {"trials", trials(capacity)},
                     {"lower", capacity.lower},
                     {"lower_text", rate(capacity.lower)},
                     {"upper", nullptr},
                     {"broken", capacity.broken},
                     {"model", std::move(model)}};
  if (capacity.upper) found["upper"] = *capacity.upper, found["upper_text"] = rate(*capacity.upper);
  if (const auto knee = knee_of(capacity)) found["knee"] = *knee;
  made["capacity"] = std::move(found);
  made["runs"] = capacity.base.series.windows.empty() ? json::array{} : json::array{page_of_run(capacity.base)};
  return made;
}

}  // namespace

json::object page_data(const measure::Document& document) {
  return std::visit([](const auto& one) { return of_document(one); }, document);
}

}  // namespace loadtest::report
