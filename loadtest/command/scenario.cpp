#include "loadtest/command/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "config/yaml.hpp"
#include "loadtest/command/files.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/plan/shell_words.hpp"

namespace loadtest::command {
namespace {

using config::YamlNode;

constexpr std::array<std::string_view, 5> commands = {"run", "compare", "capacity", "wake", "replay"};

using Words = std::vector<std::string>;

/// The flags of one file, in its order.
class Reader {
 public:
  Reader(std::string file, std::string target, std::string other)
      : report_(std::move(file)), marks_{{{"{target}", std::move(target)}, {"{other}", std::move(other)}}} {}

  Words read(std::string_view text) {
    const auto root = config::parse_yaml(text, report_);
    if (root && !root->is_map()) report_.error(*root, "must be a map with the keys question, command, flags and background");
    if (root && root->is_map()) take(*root);
    if (const auto problems = report_.take(); !problems.empty()) {
      std::string all;
      for (const auto& problem : problems) all += (all.empty() ? "" : "\n  ") + problem.text();
      throw Mistake(all);
    }
    words_.insert(words_.begin(), command_);
    return std::move(words_);
  }
  /// How many of the words behind the file it has taken.
  std::ptrdiff_t used() const noexcept { return marks_[1].used ? 2 : marks_[0].used ? 1 : 0; }

 private:
  void take(const YamlNode& root) {
    for (std::size_t i = 0; i < root.keys.size(); ++i) {
      const auto& key = root.keys[i];
      const auto& value = root.items[i];
      if (key.text == "question") continue;  // for people
      if (key.text == "command")
        take_command(value);
      else if (key.text == "flags" && value.is_map())
        take_flags(value, words_);
      else if (key.text == "flags")
        report_.error(value, "must be a map of flags without their dashes");
      else if (key.text == "background")
        take_background(value);
      else
        report_.error(key, fmt::format("unknown key \"{}\"; known are question, command, flags and background", key.text));
    }
    if (command_.empty()) report_.error(root, "has no command");
    if (has_background_ && !command_.empty() && command_ != "run")
      report_.error(root, "has a background, which is for the command run");
  }
  void take_command(const YamlNode& value) {
    if (value.is_scalar() && std::ranges::find(commands, value.text) != commands.end())
      command_ = value.text;
    else
      report_.error(value, fmt::format("must be one of {}", fmt::join(commands, ", ")));
  }
  /// Each load is a word of the command line, with flags of its own in it.
  void take_background(const YamlNode& loads) {
    if (!loads.is_list()) return report_.error(loads, "must be a list of loads, each a map of flags without their dashes");
    has_background_ = true;
    for (const auto& load : loads.items) {
      if (!load.is_map()) return report_.error(load, "must be a map of flags without their dashes");
      Words own;
      take_flags(load, own);
      std::string all;
      for (const auto& word : own) all += (all.empty() ? "" : " ") + plan::shell_quoted(word);
      words_.emplace_back("--background");
      words_.push_back(std::move(all));
    }
  }
  void take_flags(const YamlNode& flags, Words& words) {
    for (std::size_t i = 0; i < flags.keys.size(); ++i) {
      const auto& value = flags.items[i];
      const auto name = "--" + flags.keys[i].text;
      if (flags.keys[i].text == "url")
        take_positional(value, words);
      else if (value.is_list())
        for (const auto& one : value.items) take_flag(name, one, words);
      else
        take_flag(name, value, words);
    }
  }
  void take_positional(const YamlNode& value, Words& words) {
    if (value.is_list())
      for (const auto& one : value.items) words.push_back(filled(one));
    else
      words.push_back(filled(value));
  }
  void take_flag(const std::string& name, const YamlNode& value, Words& words) {
    if (!value.is_scalar()) return report_.error(value, fmt::format("{} must be a value, true, or a list of values", name));
    if (!value.quoted && value.text == "false") return;
    words.push_back(name);
    if (value.quoted || value.text != "true") words.push_back(filled(value));
  }
  std::string filled(const YamlNode& value) {
    std::string text = value.text;
    for (auto& mark : marks_) {
      const auto at = text.find(mark.text);
      if (at == std::string::npos) continue;
      mark.used = true;
      if (mark.url.empty())
        report_.error(value, &mark == marks_.data() ? "needs to know where to: give a URL behind the file"
                                                    : "needs to know where else to: give a second URL behind the file");
      text.replace(at, mark.text.size(), mark.url);
    }
    return text;
  }

  config::Report report_;
  /// What stands for a word behind the file.
  struct Mark {
    std::string_view text;
    std::string url;
    bool used = false;
  };
  std::array<Mark, 2> marks_;
  std::string command_;
  Words words_;
  bool has_background_ = false;
};

}  // namespace

Words words_of_scenario(const Words& words) {
  if (words.empty())
    throw Mistake("scenario needs a file",
                  "loadtest/scenarios has some: spaceport-bench scenario small-get.yaml http://127.0.0.1:8080/");
  auto more = Words(words.begin() + 1, words.end());
  const auto url = [&more](std::size_t at) {
    if (more.size() <= at || more[0].starts_with('-') || more[at].starts_with('-')) return std::string{};
    return more[at].substr(0, more[at].find_last_not_of('/') + 1);
  };
  Reader reader(words.front(), url(0), url(1));
  auto made = reader.read(read_file(words.front(), "scenario"));
  more.erase(more.begin(), more.begin() + std::min<std::ptrdiff_t>(reader.used(), std::ssize(more)));
  made.insert(made.end(), more.begin(), more.end());
  return made;
}

}  // namespace loadtest::command
