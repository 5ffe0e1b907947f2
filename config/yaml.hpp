#pragma once
// YAML as a tree in which every node knows its place. The text may be hostile: size, depth and number of nodes are bounded,
// anchors and aliases are refused, nothing is thrown.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace config {

/// One node. A key without a value, and `~`, are `null`.
struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  bool quoted = false;          ///< a scalar in quotes or a block: a text, whatever it looks like
  std::size_t line = 0;         ///< counted from 1
  std::size_t column = 0;       ///< counted from 1, in bytes
  std::string text;             ///< of a scalar, as written: `3.10` stays `3.10`
  std::vector<YamlNode> items;  ///< of a list; the values of a map
  std::vector<YamlNode> keys;   ///< of a map, each a scalar: keys[i] belongs to items[i]

  bool is_null() const noexcept { return kind == Kind::null; }
  bool is_scalar() const noexcept { return kind == Kind::scalar; }
  bool is_list() const noexcept { return kind == Kind::list; }
  bool is_map() const noexcept { return kind == Kind::map; }
};

/// Collects what is wrong with one file.
class Report {
 public:
  /// A hostile file must not make a list of problems without end.
  static constexpr std::size_t problems_max = 100;

  explicit Report(std::string file) : file_(std::move(file)) {}

  void error(const YamlNode& at, std::string message) { add(at.line, at.column, std::move(message), false); }
  void warning(const YamlNode& at, std::string message) { add(at.line, at.column, std::move(message), true); }
  void add(std::size_t line, std::size_t column, std::string message, bool warning);

  /// More than enough was reported: no need to look for more.
  bool full() const noexcept { return problems_.size() >= problems_max; }

  /// All of them in the order of the file; leaves none.
  Problems take();

 private:
  std::string file_;
  Problems problems_;
  bool left_out_ = false;
};

struct YamlLimits {
  std::size_t bytes_max = 8U << 20;
  std::size_t depth_max = 32;
  std::size_t nodes_max = 1'000'000;
};

/// The one document in `text`; nothing when it could not be read, and then the reason is in the report. An empty text is a
/// null node. A key that stands twice in one map is reported. `first_line` is the number of the first line of `text`.
std::optional<YamlNode> parse_yaml(std::string_view text, Report& report, std::size_t first_line = 1,
                                   const YamlLimits& limits = {});

}  // namespace config
