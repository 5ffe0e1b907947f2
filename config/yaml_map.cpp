#include "config/yaml_map.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "config/suggest.hpp"

namespace config {

std::string must(std::string_view label, std::string_view rule) {
  return "\"" + std::string(label) + "\" " + std::string(rule);
}

std::string item_label(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

std::string choices(std::initializer_list<std::string_view> allowed) {
  std::string out = "[";
  for (const auto choice : allowed) {
    if (out.size() > 1) out += ", ";
    out += choice;
  }
  return out + "]";
}

std::optional<std::string> read_text(const YamlNode& node, Report& report, std::string_view label) {
  if (node.is_scalar()) return node.text;
  report.error(node, must(label, "must be a string"));
  return std::nullopt;
}

std::optional<std::int64_t> read_integer(const YamlNode& node, Report& report, std::string_view label, std::int64_t min,
                                         std::int64_t max) {
  const auto wrong = [&](const std::string& rule) {
    report.error(node, must(label, rule));
    return std::nullopt;
  };
  if (!node.is_scalar() || node.text.empty()) return wrong("must be a number");
  std::int64_t number = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, number);
  const bool negative = node.text.front() == '-';
  if (error == std::errc::invalid_argument) return wrong("must be a number");
  if (stop != end) {
    const bool decimal = *stop == '.' && std::all_of(stop + 1, end, [](char c) { return c >= '0' && c <= '9'; });
    return wrong(decimal ? "must be an integer" : "must be a number");
  }
  const bool overflow = error == std::errc::result_out_of_range;
  if (overflow ? negative : number < min) return wrong("must be greater than or equal to " + std::to_string(min));
  if (overflow || number > max) return wrong("must be less than or equal to " + std::to_string(max));
  return number;
}

YamlMap::YamlMap(const YamlNode& node, Report& report, std::string label)
    : node_(node), report_(report), label_(std::move(label)) {
  if (node.is_map()) return;
  if (label_.empty()) {
    if (!node.is_null()) report_.error(node, "the file must hold \"key: value\" lines");
  } else {
    report_.error(node, must(label_, "must be of type object"));
  }
}

std::string YamlMap::label(std::string_view key) const {
  return label_.empty() ? std::string(key) : label_ + "." + std::string(key);
}

const YamlNode* YamlMap::find(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  for (std::size_t i = 0; i < node_.keys.size() && i < node_.items.size(); ++i) {
    if (node_.keys[i].text == key) return node_.items[i].is_null() ? nullptr : &node_.items[i];
  }
  return nullptr;
}

const YamlNode* YamlMap::list(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr || node->is_list()) return node;
  report_.error(*node, must(label(key), "must be an array"));
  return nullptr;
}

const YamlNode* YamlMap::map(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr || node->is_map()) return node;
  report_.error(*node, must(label(key), "must be of type object"));
  return nullptr;
}

std::optional<std::string> YamlMap::text(std::string_view key) {
  const auto* node = find(key);
  return node == nullptr ? std::nullopt : read_text(*node, report_, label(key));
}

std::optional<bool> YamlMap::boolean(std::string_view key) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_scalar() && !node->quoted) {
    if (node->text == "true" || node->text == "True" || node->text == "TRUE") return true;
    if (node->text == "false" || node->text == "False" || node->text == "FALSE") return false;
  }
  report_.error(*node, must(label(key), "must be a boolean"));
  return std::nullopt;
}

std::optional<std::int64_t> YamlMap::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const auto* node = find(key);
  return node == nullptr ? std::nullopt : read_integer(*node, report_, label(key), min, max);
}

namespace {

/// Reads a scalar with one of the parsers of units.hpp.
template <class T>
std::optional<T> read_unit(const YamlNode* node, Report& report, const std::string& label,
                           Parsed<T> (*parse)(std::string_view)) {
  if (node == nullptr) return std::nullopt;
  const auto parsed = parse(node->is_scalar() ? std::string_view(node->text) : std::string_view());
  if (!parsed) report.error(*node, must(label, parsed.message));
  return parsed.value;
}

}  // namespace

std::optional<Bytes> YamlMap::bytes(std::string_view key) { return read_unit(find(key), report_, label(key), parse_bytes); }

std::optional<double> YamlMap::cpus(std::string_view key) { return read_unit(find(key), report_, label(key), parse_cpus); }

std::optional<std::chrono::milliseconds> YamlMap::duration(std::string_view key) {
  return read_unit(find(key), report_, label(key), parse_duration);
}

std::optional<std::string> YamlMap::one_of(std::string_view key, std::initializer_list<std::string_view> allowed) {
  const auto* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (node->is_scalar() && std::find(allowed.begin(), allowed.end(), node->text) != allowed.end()) return node->text;
  const std::string hint = node->is_scalar() ? did_you_mean(node->text, {allowed.begin(), allowed.size()}) : "";
  report_.error(*node, must(label(key), "must be one of " + choices(allowed)) + hint);
  return std::nullopt;
}

std::vector<std::string> YamlMap::texts(std::string_view key) {
  std::vector<std::string> out;
  const auto* node = list(key);
  if (node == nullptr) return out;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    if (auto text = read_text(node->items[i], report_, item_label(label(key), i))) out.push_back(std::move(*text));
  }
  return out;
}

std::vector<std::string> YamlMap::text_or_texts(std::string_view key) {
  const auto* node = find(key);
  if (node != nullptr && node->is_scalar()) return {node->text};
  return texts(key);
}

void YamlMap::require(std::string_view key) {
  if (node_.is_map() && find(key) == nullptr) report_.error(node_, must(label(key), "is required"));
}

void YamlMap::finish(Unknown unknown) {
  for (const auto& key : node_.keys) {
    if (report_.full()) return;
    if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
    const auto name = label(key.text.substr(0, 100));
    const auto hint = did_you_mean(key.text, known_);
    if (unknown == Unknown::error) {
      report_.error(key, must(name, "is not allowed") + hint);
    } else {
      report_.warning(key, must(name, "is not known here and has no effect") + hint);
    }
  }
}

}  // namespace config
