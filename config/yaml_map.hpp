#pragma once
// Reading a map of known keys: each read marks the key as known, `finish` reports the others.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/units.hpp"
#include "config/yaml.hpp"

namespace config {

/// `"label" must ...`, the way Joi writes it, which is what the hub shows for front matter.
std::string must(std::string_view label, std::string_view rule);

/// The scalar's text; a problem and nothing when `node` is not a scalar.
std::optional<std::string> read_text(const YamlNode& node, Report& report, std::string_view label);
std::optional<std::int64_t> read_integer(const YamlNode& node, Report& report, std::string_view label, std::int64_t min,
                                         std::int64_t max);

/// A view of one map. Every read of a key that is absent or null gives nothing, without a problem.
class YamlMap {
 public:
  /// `label` is how messages call the map, for example `listeners[0]`; empty for the whole file. When `node` is no map that
  /// is reported, and the view is empty.
  YamlMap(const YamlNode& node, Report& report, std::string label);

  const YamlNode* find(std::string_view key);
  const YamlNode* list(std::string_view key);
  const YamlNode* map(std::string_view key);
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<Bytes> bytes(std::string_view key);
  std::optional<double> cpus(std::string_view key);
  std::optional<std::chrono::milliseconds> duration(std::string_view key);
  std::optional<std::string> one_of(std::string_view key, std::initializer_list<std::string_view> allowed);
  std::vector<std::string> texts(std::string_view key);
  /// A single text counts as a list of one.
  std::vector<std::string> text_or_texts(std::string_view key);

  /// Reports `key` when it is absent or null.
  void require(std::string_view key);

  /// `listeners[0].tls`
  std::string label(std::string_view key) const;
  const YamlNode& node() const noexcept { return node_; }
  Report& report() noexcept { return report_; }

  enum class Unknown : std::uint8_t { error, warning };
  /// Reports every key that was not asked for, with the nearest that was.
  void finish(Unknown unknown = Unknown::error);

 private:
  const YamlNode& node_;
  Report& report_;
  std::string label_;
  std::vector<std::string_view> known_;
};

/// `routes[3]`
std::string item_label(std::string_view list, std::size_t index);

/// `[red, yellow, green]`
std::string choices(std::initializer_list<std::string_view> allowed);

}  // namespace config
