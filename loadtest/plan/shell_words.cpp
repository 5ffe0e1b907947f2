#include "loadtest/plan/shell_words.hpp"

#include <utility>

namespace loadtest::plan {
namespace {

/// One command line.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}
  /// False: a quote has no end.
  bool split() {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == ' ' || c == '\t' || c == '\n') {
        finish();
      } else if (c == '\'') {
        if (!single()) return false;
      } else if (c == '"') {
        if (!twofold()) return false;
      } else if (c == '$' && at_ < text_.size() && text_[at_] == '\'') {
        ++at_;
        if (!escapes()) return false;
      } else {
        open_ = true;
        if (c == '\\' && at_ < text_.size())
          word_ += text_[at_++];
        else if (c != '\\')
          word_ += c;
      }
    }
    finish();
    return true;
  }
  std::vector<std::string> take() { return std::move(words_); }

 private:
  void finish() {
    if (open_) words_.push_back(std::move(word_));
    word_.clear();
    open_ = false;
  }
  bool single() {
    open_ = true;
    const auto end = text_.find('\'', at_);
    if (end == std::string_view::npos) return false;
    word_ += text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  bool twofold() {
    open_ = true;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      const bool escape =
          c == '\\' && at_ + 1 < text_.size() && std::string_view("\"\\$`\n").find(text_[at_ + 1]) != std::string_view::npos;
      word_ += escape ? text_[++at_] : c;
    }
    return false;
  }
  bool escapes() {
    open_ = true;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\'') {
        ++at_;
        return true;
      }
      if (c != '\\' || at_ + 1 >= text_.size()) {
        word_ += c;
        continue;
      }
      escape(text_[++at_]);
    }
    return false;
  }
  void escape(char c) {
    constexpr std::string_view names = "nrtabfv0";
    constexpr std::string_view means{"\n\r\t\a\b\f\v\0", 8};
    if (c == 'u' || c == 'x') return hexadecimal(c == 'u' ? 4 : 2);
    const auto known = names.find(c);
    word_ += known == std::string_view::npos ? c : means[known];
  }
  /// Of at most `most` digits behind at_.
  unsigned digits(std::size_t most) {
    unsigned value = 0;
    for (std::size_t used = 0; used != most && at_ + 1 < text_.size(); ++used, ++at_) {
      const auto digit = std::string_view("0123456789abcdef0123456789ABCDEF").find(text_[at_ + 1]);
      if (digit == std::string_view::npos) break;
      value = value * 16 + static_cast<unsigned>(digit % 16);
    }
    return value;
  }
  /// A byte; or a code point as UTF-8, of which browsers write those beyond 16 bits as two surrogates.
  void hexadecimal(std::size_t most) {
    unsigned value = digits(most);
    if (most == 2) {
      word_ += static_cast<char>(value);
      return;
    }
    const bool high = value >= 0xd800 && value < 0xdc00;
    if (high && text_.substr(at_ + 1, 2) == "\\u") {
      const auto before = std::exchange(at_, at_ + 2);
      const unsigned low = digits(4);
      if (low >= 0xdc00 && low < 0xe000)
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
      else
        at_ = before;
    }
    append_utf8(value >= 0xd800 && value < 0xe000 ? 0xfffd : value);
  }
  void append_utf8(unsigned value) {
    const auto more = [value](unsigned shift) { return static_cast<char>(0x80 | ((value >> shift) & 0x3f)); };
    if (value < 0x80)
      word_ += static_cast<char>(value);
    else if (value < 0x800)
      word_ += {static_cast<char>(0xc0 | (value >> 6)), more(0)};
    else if (value < 0x10000)
      word_ += {static_cast<char>(0xe0 | (value >> 12)), more(6), more(0)};
    else
      word_ += {static_cast<char>(0xf0 | (value >> 18)), more(12), more(6), more(0)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  bool open_ = false;
  std::vector<std::string> words_;
};

}  // namespace

config::Parsed<std::vector<std::string>> shell_words(std::string_view text) {
  Splitter splitter(text);
  if (!splitter.split()) return {{}, "has a quote without an end"};
  return {splitter.take(), {}};
}

std::string shell_quoted(std::string_view word) {
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'')
      out += "'\\''";
    else
      out += c;
  }
  return out + "'";
}

}  // namespace loadtest::plan
