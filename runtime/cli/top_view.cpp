#include "runtime/cli/top_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace runtime::cli {

namespace json = boost::json;

namespace {

using Known = std::map<std::string_view, const json::object*>;

Known by_id(const json::value& look) {
  Known known;
  for (const auto& space : look.at("spaces").as_array()) known[space.at("id").as_string()] = &space.as_object();
  return known;
}

double count(const json::object& space, const char* key) { return space.at(key).to_number<double>(); }

// Counters begin anew with a new container or a new gateway: then there is no rate.
double rate(const json::object& space, const json::object* before, const char* key, double seconds) {
  if (before == nullptr || seconds <= 0) return 0;
  return std::max(0.0, count(space, key) - count(*before, key)) / seconds;
}

std::string in_mebibytes(std::uint64_t bytes) {
  constexpr double mebibyte = 1 << 20;
  constexpr double kibi = 1024;
  const double size = static_cast<double>(bytes) / mebibyte;
  return size < kibi ? fmt::format("{:.0f}M", size) : fmt::format("{:.1f}G", size / kibi);
}

std::string idle_text(std::int64_t seconds) {
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 3600;
  if (seconds < minute) return fmt::format("{}s", seconds);
  return seconds < hour ? fmt::format("{}m", seconds / minute) : fmt::format("{}h", seconds / hour);
}

// The last column, which a narrow terminal does not show.
std::string data_text(const TopRow& row) {
  return row.volume_size == 0 ? "-" : in_mebibytes(row.volume_used) + "/" + in_mebibytes(row.volume_size);
}

std::string cut(std::string text, std::size_t columns) {
  if (text.size() > columns) text.resize(columns);
  return text;
}

Colour colour_of(const TopRow& row) {
  if (row.stage.ends_with("_ERROR")) return Colour::bad;
  return row.stage.starts_with("RUNNING") ? Colour::plain : Colour::dim;
}

}  // namespace

std::vector<TopRow> top_rows(const json::value& before, const json::value& after) {
  constexpr double percent_of_a_nanosecond = 1e-7;
  const auto known = by_id(before);
  const double seconds = after.at("at").to_number<double>() - before.at("at").to_number<double>();
  std::vector<TopRow> rows;
  for (const auto& each : after.at("spaces").as_array()) {
    const auto& space = each.as_object();
    const auto found = known.find(space.at("id").as_string());
    const auto* earlier = found == known.end() ? nullptr : found->second;
    TopRow row;
    row.space = space.at("id").as_string();
    row.stage = space.at("stage").as_string();
    const auto& replicas = space.at("replicas").as_object();
    row.replicas = fmt::format("{}/{}", count(replicas, "serving"), count(replicas, "wanted"));
    row.cpu_percent = rate(space, earlier, "cpu_nanoseconds", seconds) * percent_of_a_nanosecond;
    row.memory = space.at("memory_bytes").to_number<std::uint64_t>();
    row.requests_per_second = rate(space, earlier, "requests", seconds);
    row.p99_ms = count(space, "p99_ms");
    row.in_flight = static_cast<std::uint64_t>(count(space, "in_flight") + count(space, "held"));
    row.idle_seconds = space.at("idle_seconds").to_number<std::int64_t>();
    for (const auto& volume : space.at("volumes").as_array()) {
      if (volume.at("used_bytes").is_null()) continue;
      row.volume_used += volume.at("used_bytes").to_number<std::uint64_t>();
      row.volume_size += volume.at("size_bytes").to_number<std::uint64_t>();
    }
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const TopRow& a, const TopRow& b) { return a.cpu_percent > b.cpu_percent; });
  return rows;
}

Lines top_table(const std::vector<TopRow>& spaces, std::size_t columns, std::size_t rows) {
  constexpr std::size_t head_and_rest = 2;
  const std::size_t shown = std::min(spaces.size(), rows < head_and_rest ? 0 : rows - head_and_rest);
  std::size_t width = 5;
  for (const auto& space : spaces) width = std::max(width, space.space.size());
  Lines lines;
  const auto line = [&](Colour colour, std::string_view space, std::string_view stage, std::string_view replicas,
                        std::string cpu, std::string memory, std::string requests, std::string p99, std::string in_flight,
                        std::string idle, std::string data) {
    lines.push_back({cut(fmt::format("{:{}}  {:20} {:>5} {:>6} {:>7} {:>8} {:>8} {:>6} {:>5} {:>12}", space, width, stage,
                                     replicas, cpu, memory, requests, p99, in_flight, idle, data),
                         columns),
                     colour});
  };
  line(Colour::strong, "SPACE", "STAGE", "REPL", "CPU%", "MEMORY", "REQ/S", "P99", "BUSY", "IDLE", "DATA");
  for (std::size_t i = 0; i != shown; ++i) {
    const auto& row = spaces[i];
    line(colour_of(row), row.space, row.stage, row.replicas, fmt::format("{:.1f}", row.cpu_percent), in_mebibytes(row.memory),
         fmt::format("{:.1f}", row.requests_per_second), fmt::format("{:.1f}ms", row.p99_ms), std::to_string(row.in_flight),
         idle_text(row.idle_seconds), data_text(row));
  }
  if (shown != spaces.size()) lines.push_back({cut(fmt::format("and {} more", spaces.size() - shown), columns), Colour::dim});
  return lines;
}

json::array top_json(const std::vector<TopRow>& spaces) {
  json::array all;
  for (const auto& row : spaces) {
    all.push_back(json::object{{"id", row.space},
                               {"stage", row.stage},
                               {"replicas", row.replicas},
                               {"cpu_percent", row.cpu_percent},
                               {"memory_bytes", row.memory},
                               {"requests_per_second", row.requests_per_second},
                               {"p99_ms", row.p99_ms},
                               {"in_flight", row.in_flight},
                               {"idle_seconds", row.idle_seconds},
                               {"volume_used_bytes", row.volume_used},
                               {"volume_size_bytes", row.volume_size}});
  }
  return all;
}

}  // namespace runtime::cli
