#include "loadtest/command/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/yaml.hpp"
#include "loadtest/command/files.hpp"
#include "loadtest/command/mistake.hpp"

namespace loadtest::command {
namespace {

using config::YamlNode;

constexpr std::array<std::string_view, 5> commands = {"run", "compare", "capacity", "wake", "replay"};

/// The flags of one file, in its order.
class Reader {
 public:
  Reader(std::string file, std::string target) : report_(std::move(file)), target_(std::move(target)) {}

  std::vector<std::string> read(std::string_view text) {
    const auto root = config::parse_yaml(text, report_);
    if (root && !root->is_map()) report_.error(*root, "must be a map with the keys question, command and flags");
    if (root && root->is_map()) take(*root);
    if (const auto problems = report_.take(); !problems.empty()) {
      std::string all;
      for (const auto& problem : problems) all += (all.empty() ? "" : "\n  ") + problem.text();
      throw Mistake(all);
    }
    words_.insert(words_.begin(), command_);
    return std::move(words_);
  }
  bool target_used() const noexcept { return target_used_; }

 private:
  void take(const YamlNode& root) {
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
      const auto& key = root.keys[i];
      const auto& value = root.items[i];
      if (key.text == "question") continue;  // for people
      if (key.text == "command")
        take_command(value);
      else if (key.text == "flags" && value.is_map())
        take_flags(value);
      else if (key.text == "flags")
        report_.error(value, "must be a map of flags without their dashes");
      else
        report_.error(key, fmt::format("unknown key \"{}\"; known are question, command and flags", key.text));
    }
    if (command_.empty()) report_.error(root, "has no command");
  }
  void take_command(const YamlNode& value) {
    if (value.is_scalar() && std::ranges::find(commands, value.text) != commands.end())
      command_ = value.text;
    else
      report_.error(value, fmt::format("must be one of {}", fmt::join(commands, ", ")));
  }
  void take_flags(const YamlNode& flags) {
    for (std::size_t i = 0; i < flags.keys.size(); ++i) {
      const auto& value = flags.items[i];
      const auto name = "--" + flags.keys[i].text;
      if (flags.keys[i].text == "url")
        take_positional(value);
      else if (value.is_list())
        for (const auto& one : value.items) take_flag(name, one);
      else
        take_flag(name, value);
    }
  }
  void take_positional(const YamlNode& value) {
    if (value.is_list())
      for (const auto& one : value.items) words_.push_back(filled(one));
    else
      words_.push_back(filled(value));
  }
  void take_flag(const std::string& name, const YamlNode& value) {
    if (!value.is_scalar()) return report_.error(value, fmt::format("{} must be a value, true, or a list of values", name));
    if (!value.quoted && value.text == "false") return;
    words_.push_back(name);
    if (value.quoted || value.text != "true") words_.push_back(filled(value));
  }
  std::string filled(const YamlNode& value) {
    constexpr std::string_view mark = "{target}";
    std::string text = value.text;
    const auto at = text.find(mark);
    if (at == std::string::npos) return text;
    target_used_ = true;
    if (target_.empty()) report_.error(value, "needs to know where to: give a URL behind the file");
    return text.replace(at, mark.size(), target_);
  }

  config::Report report_;
  std::string target_;
  std::string command_;
  std::vector<std::string> words_;
  bool target_used_ = false;
};

}  // namespace

std::vector<std::string> words_of_scenario(const std::vector<std::string>& words) {
  if (words.empty())
    throw Mistake("scenario needs a file",
                  "loadtest/scenarios has some: spaceport-bench scenario small-get.yaml http://127.0.0.1:8080/");
  auto more = std::vector<std::string>(words.begin() + 1, words.end());
  std::string target = more.empty() || more.front().starts_with('-') ? std::string{} : more.front();
  while (!target.empty() && target.back() == '/') target.pop_back();
  Reader reader(words.front(), std::move(target));
  auto made = reader.read(read_file(words.front(), "scenario"));
  if (reader.target_used()) more.erase(more.begin());
  made.insert(made.end(), more.begin(), more.end());
  return made;
}

}  // namespace loadtest::command
