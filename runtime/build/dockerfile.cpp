#include "runtime/build/dockerfile.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace runtime::build {
namespace {

constexpr std::array<std::string_view, 18> known{"ADD",    "ARG",   "CMD",         "COPY",  "ENTRYPOINT", "ENV",
                                                 "EXPOSE", "FROM",  "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
                                                 "RUN",    "SHELL", "STOPSIGNAL",  "USER",  "VOLUME",     "WORKDIR"};

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r";
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

std::string changed_case(std::string_view text, int (*change)(int)) {
  std::string out(text);
  for (auto& c : out) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  while (!(text = trim(text)).empty()) {
    const auto end = text.find_first_of(" \t");
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
  }
  return out;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto cost = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, cost});
    }
  }
  return row.back();
}

std::string unknown(std::string_view name) {
  std::string message = "unknown instruction `" + std::string(name) + "`";
  const auto best = std::ranges::min_element(known, {}, [name](auto k) { return distance(name, k); });
  if (name == "ECHO") return message + "; to print during the build write `RUN echo`";
  if (distance(name, *best) <= 2) message += "; did you mean `" + std::string(*best) + "`?";
  return message;
}

/// `# name=value` at the top of the file.
bool directive(std::string_view line, std::string& name, std::string& value) {
  line = trim(line);
  if (!line.starts_with('#')) return false;
  line = trim(line.substr(1));
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return false;
  const auto key = trim(line.substr(0, equals));
  if (key.empty() || key.find_first_of(" \t") != std::string_view::npos) return false;
  name = changed_case(key, [](int c) { return std::tolower(c); });
  value = trim(line.substr(equals + 1));
  return true;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : lines_(lines_of(text)) {
    if (!lines_.empty() && lines_.front().starts_with("\xEF\xBB\xBF")) lines_.front().remove_prefix(3);
  }

  Dockerfile scan() {
    directives();
    while (at_ < lines_.size()) instruction();
    if (out_.instructions.empty())
      out_.problems.push_back({1, 1, "the Dockerfile is empty"});
    else if (!from_seen_)
      out_.problems.push_back({1, 1, "there is no FROM instruction"});
    return std::move(out_);
  }

 private:
  void directives() {
    std::string name;
    std::string value;
    for (; at_ < lines_.size() && directive(lines_[at_], name, value); ++at_) {
      if (name == "syntax") {
        out_.syntax = value;
        out_.syntax_line = at_ + 1;
      } else if (name == "escape") {
        out_.escape_line = at_ + 1;
        if (value == "`" || value == "\\") escape_ = value.front();
      } else {
        return;
      }
    }
  }

  void instruction() {
    const auto first = trim(lines_[at_]);
    if (first.empty() || first.starts_with('#')) return void(++at_);
    const auto line = at_ + 1;
    const auto column = lines_[at_].find_first_not_of(" \t") + 1;
    std::string joined;
    for (bool more = true; more && at_ < lines_.size(); ++at_) {
      auto part = trim(lines_[at_]);
      // Comment and empty lines inside a continued instruction are passed over.
      if (!joined.empty() && (part.empty() || part.starts_with('#'))) continue;
      more = part.ends_with(escape_);
      if (more) part.remove_suffix(1);
      if (!joined.empty()) joined += ' ';
      joined += trim(part);
    }
    const std::string_view whole = joined;
    const auto space = whole.find_first_of(" \t");
    Instruction found;
    found.name = changed_case(whole.substr(0, space), [](int c) { return std::toupper(c); });
    if (space != std::string_view::npos) found.arguments = trim(whole.substr(space));
    found.line = line;
    skip_heredocs(found);
    if (std::ranges::find(known, found.name) == known.end()) out_.problems.push_back({line, column, unknown(found.name)});
    note(found);
    out_.instructions.push_back(std::move(found));
  }

  void skip_heredocs(const Instruction& found) {
    if (found.name != "RUN" && found.name != "COPY" && found.name != "ADD") return;
    for (const auto word : words(found.arguments)) {
      if (!word.starts_with("<<") || word.size() < 3 || word[2] == '<') continue;
      auto end = word.substr(2);
      if (end.starts_with('-')) end.remove_prefix(1);
      if (end.size() > 1 && (end.front() == '"' || end.front() == '\'')) end = end.substr(1, end.size() - 2);
      if (end.empty() || (std::isalpha(static_cast<unsigned char>(end.front())) == 0 && end.front() != '_')) continue;
      const auto closes = [end](std::string_view line) { return trim(line) == end; };
      const auto from = lines_.begin() + static_cast<std::ptrdiff_t>(at_);
      const auto last = std::find_if(from, lines_.end(), closes);
      if (last == lines_.end()) continue;  // a shell's own redirection
      out_.heredocs = true;
      at_ = static_cast<std::size_t>(last - lines_.begin()) + 1;
    }
  }

  void note(const Instruction& found) {
    if (found.name == "FROM") from(found);
    if (found.name == "USER") out_.user = found.arguments;
    if (found.name == "RUN") mounts(found);
    if (found.name == "EXPOSE")
      for (const auto word : words(found.arguments)) out_.exposed.emplace_back(word);
    if (found.name != "ARG") {
      if (!from_seen_)
        out_.problems.push_back({found.line, 1, "`" + found.name + "` stands before the first FROM; only ARG may"});
      return;
    }
    for (const auto word : words(found.arguments)) {
      std::string name(word.substr(0, word.find('=')));
      if (!from_seen_) out_.global_args.insert(name);
      out_.args.insert(std::move(name));
    }
  }

  void from(const Instruction& found) {
    from_seen_ = true;
    std::string image;
    std::string stage;
    const auto list = words(found.arguments);
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].starts_with("--")) continue;
      if (image.empty())
        image = list[i];
      else if (changed_case(list[i], [](int c) { return std::tolower(c); }) == "as" && i + 1 < list.size())
        stage = changed_case(list[i + 1], [](int c) { return std::tolower(c); });
    }
    if (image.empty()) out_.problems.push_back({found.line, 1, "FROM needs the name of an image"});
    if (!stages_.contains(image) && image != "scratch" && !image.empty()) out_.images.push_back(image);
    if (!stage.empty()) stages_.insert(stage);
  }

  void mounts(const Instruction& found) {
    for (const auto word : words(found.arguments)) {
      if (!word.starts_with("--")) break;
      if (!word.starts_with("--mount=")) continue;
      SecretMount mount;
      mount.line = found.line;
      bool secret = false;
      std::string target;
      for (auto rest = word.substr(8); !rest.empty();) {
        const auto comma = rest.find(',');
        const auto pair = rest.substr(0, comma);
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        const auto equals = pair.find('=');
        const auto key = pair.substr(0, equals);
        const auto value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        if (key == "type") secret = value == "secret";
        if (key == "id" || (key == "source" && mount.id.empty())) mount.id = value;
        if (key == "target" || key == "dst" || key == "destination") target = value;
        if (key == "required") mount.required = equals == std::string_view::npos || value == "true" || value == "1";
      }
      if (!secret) continue;
      // Without an id the file's own name is the id.
      if (mount.id.empty() && !target.empty()) mount.id = target.substr(target.rfind('/') + 1);
      if (mount.id.empty())
        out_.problems.push_back({found.line, 1, "`--mount=type=secret` needs an `id`"});
      else
        out_.secrets.push_back(std::move(mount));
    }
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  char escape_ = '\\';
  bool from_seen_ = false;
  std::set<std::string> stages_;
  Dockerfile out_;
};

}  // namespace

Dockerfile read_dockerfile(std::string_view text) { return Scanner(text).scan(); }

std::string without_syntax(std::string_view text, const Dockerfile& read) {
  if (read.syntax_line == 0) return std::string(text);
  auto lines = lines_of(text);
  constexpr std::string_view note = "# (the engine's own frontend reads this file)";
  lines[read.syntax_line - 1] = note;
  // A comment ends the directives, so an escape directive must come before it.
  if (read.escape_line > read.syntax_line) std::swap(lines[read.syntax_line - 1], lines[read.escape_line - 1]);
  std::string out;
  for (const auto line : lines) out.append(line).append("\n");
  return out;
}

namespace {

// How much of an instruction must be the same: variables are shown replaced further behind.
constexpr std::size_t compared = 24;

std::string one_spaced(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t';
    if (!space) {
      result += c;
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  return result;
}

/// A builder's full name of an image, back to how people write it: "docker.io/library/python:latest" is "python".
std::string_view short_image(std::string_view image) {
  constexpr std::array<std::string_view, 2> understood{"docker.io/", "library/"};
  constexpr std::string_view latest = ":latest";
  for (const auto prefix : understood)
    if (image.starts_with(prefix)) image.remove_prefix(prefix.size());
  if (image.ends_with(latest)) image.remove_suffix(latest.size());
  return image;
}

/// The line of the FROM that names an image; of the first FROM with a variable where none does.
std::size_t line_of_image(const Dockerfile& read, std::string_view image) {
  std::size_t with_variable = 0;
  for (const auto& one : read.instructions) {
    if (one.name != "FROM") continue;
    const auto parts = words(one.arguments);
    const auto named = std::ranges::find_if(parts, [](auto word) { return !word.starts_with("--"); });
    if (named == parts.end()) continue;
    if (short_image(*named) == short_image(image)) return one.line;
    if (with_variable == 0 && named->find('$') != std::string_view::npos) with_variable = one.line;
  }
  return with_variable;
}

}  // namespace

std::string_view image_of_step(std::string_view step) {
  constexpr std::string_view asks = "[internal] load metadata for ";
  return step.starts_with(asks) ? step.substr(asks.size()) : std::string_view{};
}

std::size_t line_of_step(const Dockerfile& read, std::string_view step) {
  if (const auto image = image_of_step(step); !image.empty()) return line_of_image(read, image);
  const auto close = step.find("] ");
  if (close == std::string_view::npos) return 0;
  const auto shown = one_spaced(step.substr(close + 2));
  for (const auto& one : read.instructions) {
    const auto written = one_spaced(one.name + " " + one.arguments);
    if (written.starts_with(std::string_view(shown).substr(0, compared)) || shown.starts_with(written)) return one.line;
  }
  return 0;
}

}  // namespace runtime::build
