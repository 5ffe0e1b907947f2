#include "loadtest/drive/server_timing.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace loadtest::drive {
namespace {

constexpr std::size_t most_parts = 32;
constexpr std::size_t longest_name = 64;
constexpr double longest = 3.6e6;  ///< an hour, which is where histograms end

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Up to the next `separator` outside quotes, which is taken off with it.
std::string_view take_until(std::string_view& text, char separator) {
  bool quoted = false;
  std::size_t i = 0;
  for (; i != text.size() && (quoted || text[i] != separator); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\' && i + 1 != text.size()) ++i;
  }
  const auto piece = trimmed(text.substr(0, i));
  text.remove_prefix(std::min(i + 1, text.size()));
  return piece;
}

std::optional<double> duration_of(std::string_view parameter) {
  constexpr std::string_view name = "dur=";
  if (parameter.substr(0, name.size()) != name) return std::nullopt;
  parameter.remove_prefix(name.size());
  double value = 0;
  const auto [end, error] = std::from_chars(parameter.data(), parameter.data() + parameter.size(), value);
  if (error != std::errc{} || end != parameter.data() + parameter.size() || !(value >= 0 && value <= longest))
    return std::nullopt;
  return value;
}

}  // namespace

void ServerTiming::take(std::string_view value) {
  while (!value.empty()) {
    auto metric = take_until(value, ',');
    const auto name = take_until(metric, ';');
    while (!metric.empty()) {
      if (const auto duration = duration_of(take_until(metric, ';'))) {
        add(name, *duration);
        break;
      }
    }
  }
}

void ServerTiming::add(std::string_view name, double milliseconds) {
  if (name.empty() || name.size() > longest_name) return;
  auto found = std::ranges::find(parts_, name, &measure::ServerPart::name);
  if (found == parts_.end()) {
    if (parts_.size() == most_parts) return;
    parts_.emplace_back().name = std::string(name);
    found = parts_.end() - 1;
  }
  found->add(static_cast<std::uint64_t>(milliseconds * 1e6));
}

}  // namespace loadtest::drive
