#include "gateway/control/exposition.hpp"

#include <charconv>

namespace gw::control {
namespace {

std::string_view word(Exposition::Type type) noexcept {
  switch (type) {
    case Exposition::Type::counter:
      return "counter";
    case Exposition::Type::gauge:
      return "gauge";
    case Exposition::Type::histogram:
      break;
  }
  return "histogram";
}

// Inside the quotes of a label's value; HELP has no quotes to end.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (const char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quoted)
      out += "\\\"";
    else
      out += c;
  }
}

}  // namespace

std::string number(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

void Exposition::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  head_.assign("# HELP ").append(name).append(" ");
  append_escaped(head_, help, false);
  head_.append("\n# TYPE ").append(name).append(" ").append(word(type)).append("\n");
}

void Exposition::sample(Labels labels, double value, std::string_view suffix) { write(labels, number(value), suffix); }

void Exposition::write(Labels labels, std::string_view value, std::string_view suffix) {
  out_.append(head_).append(name_).append(suffix);
  head_.clear();
  char before = '{';
  for (const auto& [name, text] : labels) {
    out_.append(1, before).append(name).append("=\"");
    append_escaped(out_, text, true);
    out_ += '"';
    before = ',';
  }
  if (labels.size() != 0) out_ += '}';
  out_.append(" ").append(value).append("\n");
}

}  // namespace gw::control
