#include <fmt/format.h>

#include "loadtest/measure/result_json.hpp"

namespace loadtest::measure {
namespace {

namespace json = boost::json;

/// Null: not known.
json::value to_json(const Estimate& estimate) {
  if (!estimate.known) return nullptr;
  return json::object{
      {"value_ns", estimate.value}, {"lower_ns", estimate.confidence.lower}, {"upper_ns", estimate.confidence.upper}};
}

json::object to_json(const Attribution::Phase& phase) {
  return {{"one_ns", phase.one}, {"two_ns", phase.two}, {"difference", to_json(phase.difference)}};
}

}  // namespace

json::object to_json(const Differences& differences) {
  json::object made{{"found", differences.found()}};
  for (const PercentileDifference& each : differences.percentiles)
    made[fmt::format("p{:g}", each.quantile * 100)] = to_json(each.difference);
  made["wilcoxon_p"] = differences.chance;
  json::object phases, parts;
  for (const Attribution::Phase& phase : differences.attribution.phases) phases[phase.name] = to_json(phase);
  for (const Attribution::Part& part : differences.attribution.parts) parts[part.name] = part.mean;
  made["phases"] = std::move(phases);
  made["total"] = to_json(differences.attribution.total);
  made["server_parts_ns"] = std::move(parts);
  made["other_ns"] = differences.attribution.other;
  return made;
}

}  // namespace loadtest::measure
