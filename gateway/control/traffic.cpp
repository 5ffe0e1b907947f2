#include "gateway/control/traffic.hpp"

#include <algorithm>
#include <numeric>

namespace gw::control {
namespace {

namespace json = boost::json;

json::value number_or_null(std::optional<double> value) { return value ? json::value(*value) : json::value(nullptr); }

json::object traffic_of_site(const proxy::Site& site, const proxy::SiteCounts& counts, net::Clock::time_point now,
                             net::Clock::time_point began) {
  const auto pulse = site.pulse->read();
  const auto unused = now - std::max(began, pulse.last_used(now, false));
  const auto sum = [](const auto& list) { return std::accumulate(list.begin(), list.end(), std::uint64_t{0}); };
  const std::string_view state = proxy::name(site.state);
  return {{"id", site.id},
          {"state", json::string(state.data(), state.size())},
          {"requests", sum(counts.by_class)},
          {"failures", sum(counts.causes)},
          {"in_flight", pulse.working + pulse.streams},
          {"held", site.pulse->held()},
          {"idle_seconds", std::chrono::duration_cast<std::chrono::seconds>(unused).count()},
          {"p50_ms", number_or_null(percentile_ms(counts, 0.5))},
          {"p99_ms", number_or_null(percentile_ms(counts, 0.99))}};
}

}  // namespace

std::optional<double> percentile_ms(const proxy::SiteCounts& counts, double part) {
  const auto all = std::accumulate(counts.took.begin(), counts.took.end(), std::uint64_t{0});
  if (all == 0) return std::nullopt;
  const double wanted = part * static_cast<double>(all);
  double before = 0;
  double lower = 0;
  for (std::size_t i = 0; i != proxy::SiteCounts::bounds.size(); ++i) {
    const auto upper = static_cast<double>(proxy::SiteCounts::bounds[i].count());
    const auto here = static_cast<double>(counts.took[i]);
    // Between two bounds they are taken to lie evenly.
    if (here > 0 && before + here >= wanted) return lower + (upper - lower) * (wanted - before) / here;
    before += here;
    lower = upper;
  }
  return lower;
}

json::object traffic_of(const std::vector<std::shared_ptr<const proxy::Site>>& sites,
                        const std::map<std::string, SiteReading>& readings, net::Clock::time_point now,
                        net::Clock::time_point began) {
  static const proxy::SiteCounts nothing;
  json::array all;
  for (const auto& site : sites) {
    const auto counted = readings.find(site->id);
    all.push_back(traffic_of_site(*site, counted == readings.end() ? nothing : counted->second.counts, now, began));
  }
  return {{"sites", std::move(all)}};
}

}  // namespace gw::control
