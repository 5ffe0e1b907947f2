#include <algorithm>
#include <charconv>
#include <cmath>

#include "loadtest/measure/histogram_codec.hpp"
#include "loadtest/measure/json_reader.hpp"
#include "loadtest/measure/result_json.hpp"

namespace loadtest::measure {
namespace {

namespace json = boost::json;

Histogram read_histogram(const JsonReader& from, std::string_view key, const Layout& layout) {
  auto read = decode_base64(from.text(key));
  if (from.failed()) return Histogram(layout);
  if (!read)
    from.complain(key, read.message);
  else if (read.value->layout() != layout)
    from.complain(key, "has another range or number of digits than this program writes");
  else
    return std::move(*read.value);
  return Histogram(layout);
}

Cell read_cell(const JsonReader& from, Metric metric) {
  Cell cell;
  cell.count = from.integer<std::uint64_t>("count");
  cell.sum = from.integer<std::uint64_t>("sum_ns");
  cell.min = from.integer<std::uint64_t>("min_ns");
  cell.max = from.integer<std::uint64_t>("max_ns");
  const Histogram histogram = read_histogram(from, "histogram", layout_of(metric));
  if (!from.failed() && histogram.total() != cell.count) from.complain("count", "is not what its histogram holds");
  cell.counts = histogram.packed();
  return cell;
}

/// The place of a key of a tally: a status, or the name of an ending. Beyond the last: neither.
std::size_t tally_index(std::string_view key) {
  const auto named = std::find(ending_names.begin(), ending_names.end(), key);
  if (named != ending_names.end()) return 1000 + static_cast<std::size_t>(named - ending_names.begin());
  std::size_t code = tally_size;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), code);
  return error == std::errc{} && end == key.data() + key.size() && code < 1000 ? code : tally_size;
}

PackedCounts read_tally(const JsonReader& from) {
  std::array<std::uint64_t, tally_size> counts{};
  for (const auto& [key, value] : from.whole()) {
    const std::size_t index = tally_index(key);
    if (index == tally_size)
      from.complain(key, "is neither a status nor an ending");
    else
      counts[index] = from.integer<std::uint64_t>(key);
    if (from.failed()) return {};
  }
  PackedCounts packed;
  Packer packer(packed);
  for (std::size_t i = 0; i != tally_size; ++i) {
    if (counts[i] != 0) packer.add(static_cast<std::uint32_t>(i), counts[i]);
  }
  return packed;
}

Window read_window(const JsonReader& from) {
  Window window;
  window.started = from.integer<std::uint64_t>("started");
  window.ended = from.integer<std::uint64_t>("ended");
  window.bytes_in = from.integer<std::uint64_t>("bytes_in");
  window.bytes_out = from.integer<std::uint64_t>("bytes_out");
  window.tally = read_tally(from.object("tally"));
  for (std::size_t i = 0; i != metrics; ++i) {
    if (from.has(metric_names[i])) window.cells[i] = read_cell(from.object(metric_names[i]), static_cast<Metric>(i));
  }
  return window;
}

Series read_series(const JsonReader& from) {
  Series series;
  series.width = from.integer<Nanoseconds>("width_ns");
  Nanoseconds width = Series::first_width;
  while (width < series.width && width < Nanoseconds{1} << 60) width *= 2;
  if (width != series.width) from.complain("width_ns", "is no width of windows that this program writes");
  from.each("windows", [&](const JsonReader& window) { series.windows.push_back(read_window(window)); });
  from.each("warm_up", [&](const JsonReader& window) { series.warm_up.push_back(read_window(window)); });
  if (std::max(series.windows.size(), series.warm_up.size()) > Series::most_windows)
    from.complain("windows", "are more than this program writes");
  return series;
}

Generator read_generator(const JsonReader& from) {
  Generator generator;
  from.each_value("cpu_shares", [&](const json::value& share) {
    if (share.is_number())
      generator.cpu_shares.push_back(share.to_number<double>());
    else
      from.complain("cpu_shares", "must be numbers");
  });
  generator.loop_lag = read_histogram(from, "loop_lag", Layout::of_times(2));
  generator.throttled = from.integer<std::uint64_t>("throttled");
  generator.no_descriptors = from.integer<std::uint64_t>("no_descriptors");
  generator.no_ports = from.integer<std::uint64_t>("no_ports");
  generator.receive_drops = from.integer<std::uint64_t>("receive_drops");
  generator.waited = from.integer<std::uint64_t>("waited");
  generator.stale = from.integer<std::uint64_t>("stale");
  generator.paused = from.integer<Nanoseconds>("paused_ns");
  return generator;
}

std::vector<std::string> read_texts(const JsonReader& from, std::string_view key) {
  std::vector<std::string> texts;
  from.each_value(key, [&](const json::value& text) {
    if (text.is_string())
      texts.emplace_back(text.get_string());
    else
      from.complain(key, "must be texts");
  });
  return texts;
}

Objective read_objective(const JsonReader& from) {
  const std::string outcome = from.text("outcome");
  Objective objective{from.text("text"), Objective::Outcome::unknown, from.text("observed")};
  if (outcome == "held")
    objective.outcome = Objective::Outcome::held;
  else if (outcome == "broken")
    objective.outcome = Objective::Outcome::broken;
  else if (outcome != "unknown")
    from.complain("outcome", "must be held, broken or unknown");
  return objective;
}

Usage read_usage(const JsonReader& from) {
  Usage usage{from.text("name"), {}};
  from.each("points", [&](const JsonReader& point) {
    usage.points.push_back({point.integer<Nanoseconds>("at_ns"), point.number("cores")});
  });
  return usage;
}

void read_circumstances(const JsonReader& from, Result& result) {
  result.version = from.text("version");
  result.title = from.text("title");
  result.settings = from.object("settings").whole();
  from.each("machines", [&](const JsonReader& machine) { result.machines.push_back(machine.whole()); });
  result.started = from.integer<Nanoseconds>("started_ns");
  from.each("labels", [&](const JsonReader& label) { result.labels.emplace_back(label.text("name"), label.text("value")); });
  from.each("marks", [&](const JsonReader& mark) {
    result.marks.push_back({mark.integer<Nanoseconds>("at_ns"), mark.text("text")});
  });
  result.notes = read_texts(from, "notes");
}

Result read_run(const JsonReader& from) {
  Result result;
  read_circumstances(from, result);
  result.verdict = {from.object("verdict").flag("valid"), read_texts(from.object("verdict"), "reasons")};
  from.each("objectives", [&](const JsonReader& objective) { result.objectives.push_back(read_objective(objective)); });
  result.warm_up = from.integer<Nanoseconds>("warm_up_ns");
  result.length = from.integer<Nanoseconds>("length_ns");
  result.drained = from.integer<Nanoseconds>("drained_ns");
  result.open_loop = from.flag("open_loop");
  result.steady = from.flag("steady");
  result.interrupted = from.flag("interrupted");
  if (from.has("abandoned")) result.abandoned = from.integer<std::uint64_t>("abandoned");
  result.offered = from.number("offered_per_second");
  result.connections = from.integer<unsigned>("connections");
  result.cpu_limit = from.number("cpu_limit");
  result.little = {from.object("little").number("in_flight"), from.object("little").number("expected")};
  result.generator = read_generator(from.object("generator"));
  if (from.has("floor") && !from.whole().at("floor").is_null()) {
    const JsonReader floor = from.object("floor");
    result.floor = Floor{floor.integer<Nanoseconds>("lateness_p50_ns"), floor.integer<Nanoseconds>("lateness_p99_ns"),
                         floor.integer<Nanoseconds>("round_trip_p50_ns"), floor.number("most_per_second")};
  }
  from.each("usage", [&](const JsonReader& usage) { result.usage.push_back(read_usage(usage)); });
  from.each("server_parts", [&](const JsonReader& part) {
    result.server_parts.push_back({part.text("name"), part.integer<std::uint64_t>("count"),
                                   part.integer<std::uint64_t>("sum_ns"),
                                   read_histogram(part, "histogram", Layout::of_times(2))});
  });
  result.series = read_series(from.object("series"));
  if (from.has("background"))
    from.each("background", [&](const JsonReader& one) { result.background.push_back(read_run(one)); });
  return result;
}

Trial read_trial(const JsonReader& from) {
  return {from.number("rate_per_second"),
          from.number("achieved_per_second"),
          from.flag("held"),
          from.flag("conclusive"),
          from.integer<Nanoseconds>("length_ns"),
          from.integer<Nanoseconds>("p50_ns"),
          from.integer<Nanoseconds>("p99_ns"),
          from.number("error_share"),
          from.number("in_flight"),
          from.number("server_cores"),
          from.text("broken")};
}

Capacity read_capacity(const JsonReader& from) {
  Capacity capacity;
  capacity.objectives = read_texts(from, "objectives");
  capacity.lower = from.number("lower_per_second");
  if (from.has("upper_per_second") && !from.whole().at("upper_per_second").is_null())
    capacity.upper = from.number("upper_per_second");
  capacity.broken = from.text("broken");
  from.each("trials", [&](const JsonReader& trial) { capacity.trials.push_back(read_trial(trial)); });
  capacity.base = read_run(from.object("base"));
  return capacity;
}

}  // namespace

config::Parsed<Document> read_document(std::string_view text) {
  const std::string foreign = "is not a result of spaceport-bench (no \"schema\": \"" + std::string(schema) + "\")";
  if (text.size() > longest_file) return {{}, "is too long"};
  json::error_code error;
  json::parse_options options;
  options.max_depth = 32;
  const json::value document = json::parse(text, error, {}, options);
  if (error) return {{}, text.starts_with('{') ? "is damaged: it is not complete JSON" : foreign};
  if (!document.is_object()) return {{}, foreign};
  std::string complaint;
  const JsonReader from(document.get_object(), "", complaint);
  const json::value* const named = from.whole().if_contains("schema");
  if (named == nullptr || !named->is_string() || !named->get_string().starts_with("spaceport-bench/")) return {{}, foreign};
  if (named->get_string() != schema)
    return {{}, "was written by another version of spaceport-bench: its schema is " + std::string(named->get_string())};
  const std::string kind = from.text("kind");
  Document read;
  if (kind == "run")
    read = read_run(from);
  else if (kind == "comparison")
    read = Comparison{from.text("name_one"), from.text("name_two"), read_run(from.object("one")), read_run(from.object("two"))};
  else if (kind == "capacity")
    read = read_capacity(from);
  else
    from.complain("kind", "must be run, comparison or capacity");
  if (from.failed()) return {{}, "is damaged: " + complaint};
  return {std::move(read), {}};
}

config::Parsed<Result> read_result(std::string_view text) {
  auto document = read_document(text);
  if (!document) return {{}, document.message};
  if (Result* const run = std::get_if<Result>(&*document.value)) return {std::move(*run), {}};
  return {{}, "is not of a single run"};
}

}  // namespace loadtest::measure
