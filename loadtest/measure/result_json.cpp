#include <string>

#include "loadtest/measure/histogram_codec.hpp"
#include "loadtest/measure/percentile.hpp"
#include "loadtest/measure/result_json.hpp"

namespace loadtest::measure {
namespace {

namespace json = boost::json;

Histogram unpacked(const PackedCounts& counts, Metric metric) {
  Histogram histogram(layout_of(metric));
  histogram.add_packed(counts);
  return histogram;
}

json::object to_json(const Cell& cell, Metric metric) {
  return {{"count", cell.count},
          {"sum_ns", cell.sum},
          {"min_ns", cell.min},
          {"max_ns", cell.max},
          {"histogram", encode_base64(unpacked(cell.counts, metric))}};
}

json::object tally_to_json(const PackedCounts& tally) {
  json::object made;
  Unpacker counts(tally, tally_size);
  for (Place place; counts.next(place);) {
    made[place.index < 1000 ? std::to_string(place.index) : std::string(ending_names[place.index - 1000])] = place.count;
  }
  return made;
}

json::object to_json(const Window& window) {
  json::object made{
      {"started", window.started}, {"ended", window.ended}, {"bytes_in", window.bytes_in}, {"bytes_out", window.bytes_out}};
  made["tally"] = tally_to_json(window.tally);
  for (std::size_t i = 0; i != metrics; ++i) {
    if (window.cells[i].count != 0) made[metric_names[i]] = to_json(window.cells[i], static_cast<Metric>(i));
  }
  return made;
}

json::array to_json(const std::vector<Window>& windows) {
  json::array made;
  made.reserve(windows.size());
  for (const Window& window : windows) made.push_back(to_json(window));
  return made;
}

json::object to_json(const Series& series) {
  return {{"width_ns", series.width}, {"windows", to_json(series.windows)}, {"warm_up", to_json(series.warm_up)}};
}

/// For people and their scripts: not read again.
json::object percentiles_of(const Histogram& known, const Histogram& given_up) {
  json::object made;
  for (const auto& [name, quantile] : {std::pair{"p50", 0.5},
                                       {"p75", 0.75},
                                       {"p90", 0.9},
                                       {"p95", 0.95},
                                       {"p99", 0.99},
                                       {"p99.9", 0.999},
                                       {"p99.99", 0.9999}}) {
    const Reading reading = read_percentile(known, given_up, quantile);
    json::value& value = made[std::string(name) + "_ns"];
    if (reading.state != Reading::State::too_few) value = reading.value;
    if (reading.state == Reading::State::at_least) made[std::string(name) + "_at_least"] = true;
  }
  return made;
}

json::object summary_of(const Result& result) {
  const Series& series = result.series;
  json::object codes;
  for (const CodeCount& code : series.codes()) codes[std::to_string(code.code)] = code.count;
  json::object by_ending;
  const auto ends = series.by_ending();
  for (std::size_t i = 0; i != endings; ++i) {
    if (ends[i] != 0) by_ending[ending_names[i]] = ends[i];
  }
  const Cell successes = series.summary(Metric::success);
  json::object response = percentiles_of(series.total(Metric::success), series.total(Metric::unfinished));
  if (successes.count != 0) {
    response["mean_ns"] = successes.sum / successes.count;
    response["min_ns"] = successes.min;
    response["max_ns"] = successes.max;
  }
  return {{"requests", series.started()},
          {"requests_per_second", result.achieved()},
          {"error_percent", 100 * result.error_share()},
          {"bytes_in", series.bytes_in()},
          {"bytes_out", series.bytes_out()},
          {"codes", codes},
          {"endings", by_ending},
          {"response", response},
          {"service", percentiles_of(series.total(Metric::service), series.total(Metric::service_unfinished))},
          {"first_byte", percentiles_of(series.total(Metric::first_byte), series.total(Metric::first_byte_unfinished))},
          {"lateness", percentiles_of(series.total(Metric::lateness), Histogram(2))}};
}

json::object to_json(const Generator& generator) {
  json::array shares;
  for (const double share : generator.cpu_shares) shares.push_back(share);
  return {{"cpu_shares", shares},
          {"loop_lag", encode_base64(generator.loop_lag)},
          {"throttled", generator.throttled},
          {"no_descriptors", generator.no_descriptors},
          {"no_ports", generator.no_ports},
          {"receive_drops", generator.receive_drops},
          {"waited", generator.waited},
          {"stale", generator.stale},
          {"paused_ns", generator.paused}};
}

json::array to_json(const std::vector<Usage>& usage) {
  json::array made;
  for (const Usage& one : usage) {
    json::array points;
    for (const Usage::Point& point : one.points) points.push_back(json::object{{"at_ns", point.at}, {"cores", point.cores}});
    made.push_back(json::object{{"name", one.name}, {"points", points}});
  }
  return made;
}

json::array to_json(const std::vector<ServerPart>& parts) {
  json::array made;
  for (const ServerPart& part : parts) {
    made.push_back(json::object{
        {"name", part.name}, {"count", part.count}, {"sum_ns", part.sum}, {"histogram", encode_base64(part.times)}});
  }
  return made;
}

json::array to_json(const std::vector<std::string>& texts) {
  json::array made;
  for (const std::string& text : texts) made.emplace_back(text);
  return made;
}

json::array to_json(const std::vector<Objective>& objectives) {
  constexpr std::array names = {"held", "broken", "unknown"};
  json::array made;
  for (const Objective& objective : objectives) {
    made.push_back(json::object{{"text", objective.text},
                                {"outcome", names[static_cast<std::size_t>(objective.outcome)]},
                                {"observed", objective.observed}});
  }
  return made;
}

json::object frame(std::string_view kind) { return {{"schema", schema}, {"kind", kind}}; }

json::object to_json(const Trial& trial) {
  return {{"rate_per_second", trial.rate},
          {"achieved_per_second", trial.achieved},
          {"held", trial.held},
          {"conclusive", trial.conclusive},
          {"length_ns", trial.length},
          {"p50_ns", trial.p50},
          {"p99_ns", trial.p99},
          {"error_share", trial.error_share},
          {"in_flight", trial.in_flight},
          {"server_cores", trial.server_cores},
          {"broken", trial.broken}};
}

/// What surrounds the measured: who asked for what, where.
void add_circumstances(json::object& made, const Result& result) {
  json::array machines;
  for (const json::object& machine : result.machines) machines.push_back(machine);
  json::array labels;
  for (const auto& [name, value] : result.labels) labels.push_back(json::object{{"name", name}, {"value", value}});
  json::array marks;
  for (const Mark& mark : result.marks) marks.push_back(json::object{{"at_ns", mark.at}, {"text", mark.text}});
  made["version"] = result.version;
  made["title"] = result.title;
  made["settings"] = result.settings;
  made["machines"] = std::move(machines);
  made["started_ns"] = result.started;
  made["labels"] = std::move(labels);
  made["marks"] = std::move(marks);
  made["notes"] = to_json(result.notes);
}

}  // namespace

json::value to_json(const std::optional<Floor>& floor) {
  if (!floor) return nullptr;
  return json::object{{"lateness_p50_ns", floor->lateness_p50},
                      {"lateness_p99_ns", floor->lateness_p99},
                      {"round_trip_p50_ns", floor->round_trip_p50},
                      {"most_per_second", floor->most_per_second}};
}

json::object to_json(const Result& result) {
  json::object made = frame("run");
  made["verdict"] = {{"valid", result.verdict.valid}, {"reasons", to_json(result.verdict.reasons)}};
  made["objectives"] = to_json(result.objectives);
  made["summary"] = summary_of(result);
  add_circumstances(made, result);
  made["warm_up_ns"] = result.warm_up;
  made["length_ns"] = result.length;
  made["drained_ns"] = result.drained;
  made["open_loop"] = result.open_loop;
  made["steady"] = result.steady;
  made["interrupted"] = result.interrupted;
  made["abandoned"] = result.abandoned;
  made["offered_per_second"] = result.offered;
  made["connections"] = result.connections;
  made["cpu_limit"] = result.cpu_limit;
  made["little"] = {{"in_flight", result.little.in_flight}, {"expected", result.little.expected}};
  made["generator"] = to_json(result.generator);
  made["floor"] = to_json(result.floor);
  made["usage"] = to_json(result.usage);
  made["server_parts"] = to_json(result.server_parts);
  made["series"] = to_json(result.series);
  json::array background;
  for (const Result& one : result.background) background.push_back(to_json(one));
  made["background"] = std::move(background);
  return made;
}

json::object to_json(const Comparison& comparison) {
  json::object made = frame("comparison");
  made["name_one"] = comparison.name_one;
  made["name_two"] = comparison.name_two;
  made["differences"] = to_json(differences_of(comparison));
  made["one"] = to_json(comparison.one);
  made["two"] = to_json(comparison.two);
  return made;
}

json::object to_json(const Capacity& capacity) {
  json::object made = frame("capacity");
  made["objectives"] = to_json(capacity.objectives);
  made["lower_per_second"] = capacity.lower;
  made["upper_per_second"] = capacity.upper ? json::value(*capacity.upper) : json::value(nullptr);
  made["broken"] = capacity.broken;
  json::array trials;
  for (const Trial& trial : capacity.trials) trials.push_back(to_json(trial));
  made["trials"] = std::move(trials);
  made["base"] = to_json(capacity.base);
  return made;
}

}  // namespace loadtest::measure
