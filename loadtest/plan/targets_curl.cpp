// Targets from curl's command lines, as browsers copy them: of curl's flags those that make a request.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/suggest.hpp"
#include "loadtest/plan/shell_words.hpp"
#include "loadtest/plan/targets.hpp"

namespace loadtest::plan {
namespace {

enum class Does : std::uint8_t {
  method,
  field,
  data,
  raw_data,
  json,
  agent,
  referer,
  cookie,
  head,
  get,
  url,
  compressed,
  nothing,
  skip_value
};
struct Flag {
  std::string_view name;
  Does does;
};
constexpr std::array flags = {Flag{"-X", Does::method},
                              Flag{"--request", Does::method},
                              Flag{"-H", Does::field},
                              Flag{"--header", Does::field},
                              Flag{"-d", Does::data},
                              Flag{"--data", Does::data},
                              Flag{"--data-ascii", Does::data},
                              Flag{"--data-binary", Does::data},
                              Flag{"--data-raw", Does::raw_data},
                              Flag{"--json", Does::json},
                              Flag{"-A", Does::agent},
                              Flag{"--user-agent", Does::agent},
                              Flag{"-e", Does::referer},
                              Flag{"--referer", Does::referer},
                              Flag{"-b", Does::cookie},
                              Flag{"--cookie", Does::cookie},
                              Flag{"-I", Does::head},
                              Flag{"--head", Does::head},
                              Flag{"-G", Does::get},
                              Flag{"--get", Does::get},
                              Flag{"--url", Does::url},
                              Flag{"--compressed", Does::compressed},
                              Flag{"-k", Does::nothing},
                              Flag{"--insecure", Does::nothing},
                              Flag{"-s", Does::nothing},
                              Flag{"--silent", Does::nothing},
                              Flag{"-S", Does::nothing},
                              Flag{"--show-error", Does::nothing},
                              Flag{"-sS", Does::nothing},
                              Flag{"-v", Does::nothing},
                              Flag{"--verbose", Does::nothing},
                              Flag{"-i", Does::nothing},
                              Flag{"--include", Does::nothing},
                              Flag{"--http1.1", Does::nothing},
                              Flag{"--http2", Does::nothing},
                              Flag{"-o", Does::skip_value},
                              Flag{"--output", Does::skip_value}};

/// The request that the words of one line ask for.
class Command {
 public:
  Command(std::size_t line, TargetMaker& maker) : maker_(maker) { piece_.line = line; }

  void take(const std::vector<std::string>& words) {
    for (std::size_t i = 1; i < words.size() && good_; ++i) {
      const auto& word = words[i];
      if (word.size() < 2 || word.front() != '-') {
        url(word);
        continue;
      }
      const Flag* flag = find(word);
      std::string value;
      bool inside = false;
      if (flag == nullptr && word[1] != '-' && word.size() > 2) {  // -XPOST
        flag = find(std::string_view(word).substr(0, 2));
        value = word.substr(2);
        inside = true;
      }
      if (flag == nullptr) return unknown(word);
      if (!wants_value(flag->does)) {
        if (inside) return unknown(word);
      } else if (!inside) {
        if (++i == words.size()) return refuse(fmt::format("{} has no value", word));
        value = words[i];
      }
      apply(flag->does, std::move(value));
    }
  }

  void finish() {
    if (!good_) return;
    if (piece_.url.empty()) return refuse("names no URL");
    if (get_ && piece_.body) {
      piece_.url += (piece_.url.find('?') == std::string::npos ? "?" : "&") + *piece_.body;
      piece_.body.reset();
    }
    if (piece_.method.empty() && piece_.body) piece_.method = "POST";
    const auto typed =
        std::ranges::any_of(piece_.fields, [](const auto& field) { return same_name(field.first, "Content-Type"); });
    if (piece_.body && !typed)
      piece_.fields.emplace_back("Content-Type", json_ ? "application/json" : "application/x-www-form-urlencoded");
    maker_.add(std::move(piece_));
  }

 private:
  static const Flag* find(std::string_view name) {
    const auto* found = std::ranges::find(flags, name, &Flag::name);
    return found == flags.end() ? nullptr : found;
  }
  static bool wants_value(Does does) {
    return does != Does::head && does != Does::get && does != Does::compressed && does != Does::nothing;
  }
  void refuse(std::string why) {
    if (good_) maker_.wrong(piece_.line, std::move(why));
    good_ = false;
  }
  void unknown(std::string_view word) {
    std::vector<std::string_view> names;
    for (const auto& flag : flags) names.push_back(flag.name);
    refuse(fmt::format("{} is a flag of curl that is not understood here{}", word, config::did_you_mean(word, names)));
  }
  void url(const std::string& word) {
    if (!piece_.url.empty()) return refuse("names two URLs: write a line for each");
    piece_.url = word;
  }
  void add_data(std::string data) { piece_.body = piece_.body ? *piece_.body + "&" + data : std::move(data); }
  void data(std::string value) {
    if (value.substr(0, 1) != "@") return add_data(std::move(value));
    auto read = maker_.file(piece_.line, value.substr(1));
    good_ = good_ && read.has_value();
    if (read) add_data(std::move(*read));
  }
  void field(const std::string& value) {
    auto parsed = parse_field(value);
    if (!parsed) return refuse(fmt::format("\"{}\" is not a field", value.substr(0, 64)));
    piece_.fields.push_back(std::move(*parsed));
  }
  void apply(Does does, std::string value) {
    switch (does) {
      case Does::method:
        piece_.method = std::move(value);
        break;
      case Does::field:
        field(value);
        break;
      case Does::data:
        data(std::move(value));
        break;
      case Does::raw_data:
        add_data(std::move(value));
        break;
      case Does::json:
        json_ = true;
        data(std::move(value));
        break;
      case Does::agent:
        piece_.fields.emplace_back("User-Agent", std::move(value));
        break;
      case Does::referer:
        piece_.fields.emplace_back("Referer", std::move(value));
        break;
      case Does::cookie:
        if (value.find('=') == std::string::npos) return refuse("-b names a file of cookies: give the cookies themselves");
        piece_.fields.emplace_back("Cookie", std::move(value));
        break;
      case Does::head:
        piece_.method = "HEAD";
        break;
      case Does::get:
        get_ = true;
        piece_.method = "GET";
        break;
      case Does::url:
        url(value);
        break;
      case Does::compressed:
        piece_.fields.emplace_back("Accept-Encoding", "deflate, gzip, br, zstd");
        break;
      case Does::nothing:
      case Does::skip_value:
        break;
    }
  }

  TargetMaker& maker_;
  TargetMaker::Piece piece_;
  bool good_ = true;
  bool get_ = false;
  bool json_ = false;
};

}  // namespace

void read_curl(std::string_view text, TargetMaker& maker) {
  std::size_t number = 0;
  while (!text.empty() && !maker.full()) {
    const auto begin = ++number;
    std::string whole;
    for (auto line = trimmed(take_line(text));; line = trimmed(take_line(text)), ++number) {
      whole += line;
      if (whole.empty() || whole.back() != '\\' || text.empty()) break;
      whole.back() = ' ';
    }
    if (whole.empty() || whole.front() == '#') continue;
    if (whole.back() == ';') whole.pop_back();  // "Copy all as cURL" ends each with one
    const auto words = shell_words(whole);
    if (!words) {
      maker.wrong(begin, words.message);
      continue;
    }
    const auto& list = *words.value;
    if (list.empty() || list.front() != "curl") {
      maker.wrong(begin, "must begin with curl");
      continue;
    }
    Command command(begin, maker);
    command.take(list);
    command.finish();
  }
}

}  // namespace loadtest::plan
