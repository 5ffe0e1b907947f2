#include "loadtest/report/page_run.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "loadtest/measure/bootstrap.hpp"
#include "loadtest/measure/percentile.hpp"
#include "loadtest/report/background.hpp"
#include "loadtest/report/figures.hpp"
#include "loadtest/report/text.hpp"

namespace loadtest::report {
namespace {

namespace json = boost::json;
using measure::Histogram;
using measure::Metric;
using measure::Reading;
using measure::Result;
using measure::Series;
using measure::Window;

constexpr std::size_t most_points = 600;
constexpr std::size_t most_columns = 240;
constexpr std::size_t heat_rows = 36;
constexpr std::array quantiles = {0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999};

double milliseconds(double nanoseconds) noexcept { return nanoseconds / 1e6; }
double seconds(measure::Nanoseconds time) noexcept { return static_cast<double>(time) / 1e9; }

/// Windows of the warm-up in front of those that count, few enough to draw.
Series whole_run(const Result& result, std::size_t most) {
  Series all = result.series;
  if (all.windows.size() < all.warm_up.size()) all.windows.resize(all.warm_up.size());
  for (std::size_t i = 0; i != all.warm_up.size(); ++i) all.windows[i].add(all.warm_up[i]);
  all.warm_up.clear();
  // Behind the last due time there are only ends of what was waited for.
  while (!all.windows.empty() && all.windows.back().started == 0) all.windows.pop_back();
  while (all.windows.size() > most) all.widen();
  return all;
}

Histogram times_of(const Window& window, Metric metric) {
  Histogram times(layout_of(metric));
  times.add_packed(window[metric].counts);
  return times;
}

json::value percentile_or_nothing(const Histogram& times, double percentile) {
  if (times.empty()) return nullptr;
  return milliseconds(static_cast<double>(times.value_at_percentile(percentile)));
}

json::object over_time(const Result& result) {
  const Series all = whole_run(result, most_points);
  json::object made;
  for (const char* const name : {"t", "p50", "p90", "p99", "service_p50", "late_p50", "late_p99", "due", "ended", "ok",
                                 "client_error", "server_error", "failed", "given_up"})
    made[name] = json::array();
  const auto push = [&](const char* name, json::value value) { made[name].get_array().push_back(std::move(value)); };
  const double width = seconds(all.width);
  for (std::size_t i = 0; i != all.windows.size(); ++i) {
    const Window& window = all.windows[i];
    const Histogram times = times_of(window, Metric::success), late = times_of(window, Metric::lateness);
    push("t", static_cast<double>(i) * width);
    for (const auto& [name, percentile] : {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}})
      push(name, percentile_or_nothing(times, percentile));
    push("service_p50", percentile_or_nothing(times_of(window, Metric::service), 50));
    push("late_p50", percentile_or_nothing(late, 50));
    push("late_p99", percentile_or_nothing(late, 99));
    push("due", static_cast<double>(window.started) / width);
    push("ended", static_cast<double>(window.ended) / width);
    for (const auto& [name, metric] : {std::pair{"ok", Metric::success},
                                       {"client_error", Metric::client_error},
                                       {"server_error", Metric::server_error},
                                       {"failed", Metric::transport},
                                       {"given_up", Metric::unfinished}}) {
      push(name, static_cast<double>(window[metric].count) / width);
    }
  }
  made["width"] = width;
  made["warm_until"] = seconds(result.warm_up);
  return made;
}

json::object heat_map(const Result& result) {
  const Series all = whole_run(result, most_columns);
  const Histogram times = all.total(Metric::success);
  json::array cells;
  if (times.empty()) return {{"cells", cells}};
  const double least = std::max(1.0, static_cast<double>(times.min())),
               greatest = std::max(least * 1.2, static_cast<double>(times.max()));
  const double step = std::log(greatest / least) / static_cast<double>(heat_rows);
  for (std::size_t column = 0; column != all.windows.size(); ++column) {
    std::array<std::uint64_t, heat_rows> rows{};
    measure::Unpacker places(all.windows[column][Metric::success].counts, times.layout().size());
    for (measure::Place place; places.next(place);) {
      const double at = std::log(std::max(1.0, static_cast<double>(times.layout().middle_at(place.index))) / least) / step;
      rows[static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(heat_rows - 1)))] += place.count;
    }
    for (std::size_t row = 0; row != heat_rows; ++row) {
      if (rows[row] != 0) cells.push_back(json::array{column, row, rows[row]});
    }
  }
  return {{"cells", std::move(cells)},   {"columns", all.windows.size()}, {"rows", heat_rows},
          {"width", seconds(all.width)}, {"least", milliseconds(least)},  {"greatest", milliseconds(greatest)}};
}

json::array percentile_rows(const Series& series) {
  json::array rows;
  const auto confidence = measure::bootstrap(series, {}, {quantiles.begin(), quantiles.end()});
  for (const auto& [name, known, given_up] : {std::tuple{"Response", Metric::success, Metric::unfinished},
                                              {"Service", Metric::service, Metric::service_unfinished},
                                              {"First byte", Metric::first_byte, Metric::first_byte_unfinished}}) {
    const measure::Cell cell = series.summary(known);
    if (cell.count == 0) continue;
    const Histogram times = series.total(known), bounds = series.total(given_up);
    json::array values;
    for (std::size_t i = 0; i != quantiles.size(); ++i) {
      const Reading reading = read_percentile(times, bounds, quantiles[i]);
      json::object value{{"name", name_of_quantile(quantiles[i])}, {"text", percentile(reading)}};
      if (known == Metric::success && confidence[i].known && reading.state == Reading::State::known) {
        value["confidence"] = duration(confidence[i].confidence.lower) + " to " + duration(confidence[i].confidence.upper);
      }
      values.push_back(std::move(value));
    }
    const std::string bound = bounds.empty() ? "" : "≥ ";
    rows.push_back(
        json::object{{"name", name},
                     {"min", duration(static_cast<double>(cell.min))},
                     {"values", std::move(values)},
                     {"mean", bound + duration(static_cast<double>(cell.sum + series.summary(given_up).sum) /
                                               static_cast<double>(cell.count + bounds.total()))},
                     {"max", bound + duration(static_cast<double>(std::max(cell.max, series.summary(given_up).max)))}});
  }
  return rows;
}

json::array phases(const Series& series) {
  json::array rows;
  const measure::Cell all = series.summary(Metric::success);
  for (const auto& [name, metric, what] : {std::tuple{"late", Metric::lateness, "the generator was behind its schedule"},
                                           {"queue", Metric::queue, "waited for a free connection"},
                                           {"connect", Metric::connect, "made a connection"},
                                           {"tls", Metric::tls, "TLS handshake"},
                                           {"send", Metric::send, "sent the request"},
                                           {"wait", Metric::wait, "until the first byte of the answer"},
                                           {"receive", Metric::receive, "the rest of the answer"}}) {
    const measure::Cell cell = series.summary(metric);
    if (cell.count == 0 || all.count == 0) continue;
    const Histogram times = series.total(metric);
    const Histogram none(2);
    rows.push_back(json::object{{"name", name},
                                {"what", what},
                                {"mean_ms", milliseconds(static_cast<double>(cell.sum) / static_cast<double>(all.count))},
                                {"mean", duration(static_cast<double>(cell.sum) / static_cast<double>(cell.count))},
                                {"p50", percentile(read_percentile(times, none, 0.5))},
                                {"p99", percentile(read_percentile(times, none, 0.99))},
                                {"count", whole(cell.count)}});
  }
  return rows;
}

json::array tiles(const Result& result) {
  const Series& series = result.series;
  const auto tile = [](std::string_view name, std::string text, std::string more) {
    return json::object{{"name", name}, {"text", std::move(text)}, {"more", std::move(more)}};
  };
  const auto read = [&](double quantile) { return percentile(response_percentile(series, quantile)); };
  return {
      tile("requests/s", rate(result.achieved()),
           result.open_loop ? "of " + rate(result.offered) + " offered"
                            : "closed loop of " + std::to_string(result.connections)),
      tile("p50", read(0.5), "response time"),
      tile("p99", read(0.99), "response time"),
      tile("errors", percent(result.error_share()), whole(series.started()) + " requests"),
      tile("in flight", rate(result.little.in_flight), "on the average"),
      tile("received", bytes(static_cast<double>(series.bytes_in())), "in " + duration(static_cast<double>(result.length)))};
}

json::array counts(const Series& series) {
  json::array rows;
  for (const auto& [code, count] : series.codes())
    rows.push_back(json::array{std::to_string(code), whole(count), code >= 500 ? "bad" : code >= 400 ? "doubtful" : "good"});
  const auto ends = series.by_ending();
  for (std::size_t i = 1; i != ends.size(); ++i) {
    if (ends[i] == 0) continue;
    std::string name(measure::ending_names[i]);
    std::replace(name.begin(), name.end(), '_', ' ');
    rows.push_back(json::array{name, whole(ends[i]), "bad"});
  }
  return rows;
}

json::array usage(const Result& result) {
  json::array made;
  for (const measure::Usage& one : result.usage) {
    json::array t, cores;
    for (const measure::Usage::Point& point : one.points) {
      t.push_back(seconds(point.at));
      cores.push_back(point.cores);
    }
    made.push_back(json::object{{"name", one.name}, {"t", t}, {"cores", cores}});
  }
  return made;
}

json::array generator_facts(const Result& result) {
  json::array rows;
  const auto row = [&](std::string_view name, std::string text) { rows.push_back(json::array{name, std::move(text)}); };
  const Histogram lateness = result.series.total(Metric::lateness), none(2);
  const auto both = [&](const Histogram& times) {
    return "p50 " + percentile(read_percentile(times, none, 0.5)) + ", p99 " + percentile(read_percentile(times, none, 0.99));
  };
  if (!lateness.empty()) row("Lateness", both(lateness));
  if (!result.generator.loop_lag.empty()) row("Loop lag", both(result.generator.loop_lag));
  std::string shares;
  for (const double share : result.generator.cpu_shares) shares += (shares.empty() ? "" : ", ") + percent(share);
  if (!shares.empty()) row("CPU by thread", shares);
  row("Little's law", rate(result.little.in_flight) + " in flight, response times explain " + rate(result.little.expected));
  if (result.generator.waited != 0) row("Waited for a connection", whole(result.generator.waited) + " requests");
  if (result.generator.stale != 0) row("Stale connections", whole(result.generator.stale) + " requests sent again");
  for (const Result& one : result.background) row("Beside it: " + one.title, about_background(one));
  if (result.floor) row("Floor of the machine", floor_text(*result.floor));
  return rows;
}

}  // namespace

json::object curve(std::string_view name, const Histogram& times) {
  json::array points;
  const double most = static_cast<double>(times.total());
  std::uint64_t last = 0;
  // Ten steps for each halving of what is left.
  for (double inverse = 1; inverse <= most && !times.empty(); inverse *= std::exp2(0.1)) {
    const std::uint64_t value = times.value_at_percentile(100 * (1 - 1 / inverse));
    last = std::max(last, value);
    points.push_back(json::array{inverse, milliseconds(static_cast<double>(last))});
  }
  return {{"name", name}, {"points", std::move(points)}, {"enough_until", most / 10}};
}

json::object page_of_run(const Result& result) {
  const Series& series = result.series;
  json::array curves;
  Histogram responses = series.total(Metric::success);
  responses.merge(series.total(Metric::unfinished));
  curves.push_back(curve("response", responses));
  curves.push_back(curve("service", series.total(Metric::service)));
  json::array marks;
  for (const measure::Mark& mark : result.marks) marks.push_back(json::object{{"at", seconds(mark.at)}, {"text", mark.text}});
  json::array parts;
  for (const measure::ServerPart& part : result.server_parts) {
    if (part.count == 0) continue;
    const Histogram none(2);
    parts.push_back(json::array{part.name, duration(static_cast<double>(part.sum) / static_cast<double>(part.count)),
                                percentile(read_percentile(part.times, none, 0.5)),
                                percentile(read_percentile(part.times, none, 0.99))});
  }
  return {{"title", result.title},
          {"tiles", tiles(result)},
          {"percentiles", percentile_rows(series)},
          {"curves", std::move(curves)},
          {"time", over_time(result)},
          {"heat", heat_map(result)},
          {"phases", phases(series)},
          {"counts", counts(series)},
          {"marks", std::move(marks)},
          {"usage", usage(result)},
          {"generator", generator_facts(result)},
          {"server_parts", std::move(parts)}};
}

}  // namespace loadtest::report
