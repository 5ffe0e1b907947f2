#include "config/yaml.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "config/text_check.hpp"

namespace config {
namespace {

/// Ends the parse from inside an event; the reason is in the report.
struct Stopped {};

/// Builds the tree from the parser's events. The library's own tree is not used: it resolves aliases, keeps no place for a
/// key, and takes six times the memory.
class Builder final : public YAML::EventHandler {
 public:
  Builder(Report& report, std::size_t first_line, const YamlLimits& limits)
      : report_(report), first_line_(first_line), limits_(limits) {}

  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) stop(node_at(mark, YamlNode::Kind::null), "there must be only one YAML document in the file");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(node_at(mark, YamlNode::Kind::null));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    stop(node_at(mark, YamlNode::Kind::null), "aliases (*name) are not supported; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    refuse_anchor(mark, anchor);
    auto node = node_at(mark, YamlNode::Kind::scalar);
    refuse_tag(node, tag);
    node.quoted = tag != "?";
    node.text = value;
    add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override {
    report_duplicates(open_.back());
    close();
  }

 private:
  YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) const {
    YamlNode node;
    node.kind = kind;
    node.line = first_line_ + static_cast<std::size_t>(std::max(mark.line, 0));
    node.column = 1 + static_cast<std::size_t>(std::max(mark.column, 0));
    return node;
  }

  [[noreturn]] void stop(const YamlNode& at, std::string message) {
    report_.error(at, std::move(message));
    throw Stopped{};
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      stop(node_at(mark, YamlNode::Kind::null), "anchors (&name) are not supported; write the value out");
    }
  }

  /// `?` is a plain scalar or no tag at all, `!` one in quotes.
  void refuse_tag(const YamlNode& node, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return;
    stop(node, "tags (!name) are not supported");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    refuse_anchor(mark, anchor);
    auto node = node_at(mark, kind);
    refuse_tag(node, tag);
    if (open_.size() >= limits_.depth_max) {
      stop(node, "lists and maps stand more than " + std::to_string(limits_.depth_max) + " deep in each other");
    }
    if (is_key()) stop(node, "a key must be a plain text");
    count(node);
    open_.push_back(std::move(node));
  }

  void close() {
    auto node = std::move(open_.back());
    open_.pop_back();
    place(std::move(node));
  }

  void add(YamlNode node) {
    count(node);
    if (is_key() && node.is_null()) stop(node, "a key must be a plain text");
    place(std::move(node));
  }

  void count(const YamlNode& node) {
    if (++nodes_ > limits_.nodes_max) stop(node, "the file holds more than " + std::to_string(limits_.nodes_max) + " values");
  }

  /// Is the next node the key of the map that is open?
  bool is_key() const {
    return !open_.empty() && open_.back().is_map() && open_.back().keys.size() == open_.back().items.size();
  }

  void place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (is_key()) {
      open_.back().keys.push_back(std::move(node));
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }

  void report_duplicates(const YamlNode& map) {
    std::map<std::string_view, std::size_t> first_lines;
    for (const auto& key : map.keys) {
      const auto [first, is_new] = first_lines.try_emplace(key.text, key.line);
      if (is_new || report_.full()) continue;
      report_.error(key,
                    "\"" + key.text.substr(0, 100) + "\" stands twice; the first is on line " + std::to_string(first->second));
    }
  }

  Report& report_;
  std::size_t first_line_;
  YamlLimits limits_;
  YamlNode root_;
  std::vector<YamlNode> open_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

void Report::add(std::size_t line, std::size_t column, std::string message, bool warning) {
  if (full()) {
    left_out_ = true;
    return;
  }
  problems_.push_back({file_, line, column, std::move(message), warning});
}

Problems Report::take() {
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return std::tie(a.line, a.column) < std::tie(b.line, b.column); });
  // What was left out may have been an error, so this is one.
  if (left_out_) problems_.push_back({file_, 0, 0, "there are more problems, which are left out here", false});
  left_out_ = false;
  return std::exchange(problems_, {});
}

std::optional<YamlNode> parse_yaml(std::string_view text, Report& report, std::size_t first_line, const YamlLimits& limits) {
  if (text.size() > limits.bytes_max) {
    report.add(first_line, 0, "must be at most " + std::to_string(limits.bytes_max) + " bytes long", false);
    return std::nullopt;
  }
  // The library takes the byte 4 for the end of the file and guesses encodings from zero bytes; it sees neither.
  if (const auto bad = find_bad_character(text)) {
    report.add(first_line + bad->line - 1, bad->column, bad->message, false);
    return std::nullopt;
  }
  Builder builder(report, first_line, limits);
  try {
    MemoryStream stream(text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const Stopped&) {
  } catch (const YAML::Exception& e) {
    const bool known = !e.mark.is_null();
    report.add(known ? first_line + static_cast<std::size_t>(e.mark.line) : 0,
               known ? static_cast<std::size_t>(e.mark.column) + 1 : 0, "this is not YAML: " + e.msg, false);
  } catch (const std::exception& e) {
    report.add(first_line, 0, std::string("this cannot be read as YAML: ") + e.what(), false);
  }
  return std::nullopt;
}

}  // namespace config
