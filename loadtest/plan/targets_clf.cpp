// Targets from access logs in the common and combined formats.

#include "loadtest/plan/log_time.hpp"
#include "loadtest/plan/targets.hpp"

namespace loadtest::plan {
namespace {

std::uint16_t status_of(std::string_view text) {
  if (text.size() < 3) return 0;
  std::uint16_t value = 0;
  for (const char c : text.substr(0, 3)) {
    if (c < '0' || c > '9') return 0;
    value = static_cast<std::uint16_t>(value * 10 + (c - '0'));
  }
  return value;
}

void take_entry(std::string_view line, std::size_t number, TargetMaker& maker) {
  const auto open = line.find('[');
  const auto close = line.find(']', open);
  const auto begin = line.find('"', close);
  const auto end = begin == std::string_view::npos ? begin : line.find('"', begin + 1);
  if (open == std::string_view::npos || close == std::string_view::npos || end == std::string_view::npos) {
    return maker.wrong(number, "is not a line of an access log: host - user [time] \"request\" status bytes");
  }
  const auto request = line.substr(begin + 1, end - begin - 1);
  const auto first = request.find(' ');
  const auto last = request.rfind(' ');
  // Logs have what strangers sent: lines that hold no request are passed over, as the server did.
  if (first == std::string_view::npos || first == last || request.substr(last + 1, 5) != "HTTP/") return;
  if (!is_token(request.substr(0, first))) return;
  TargetMaker::Piece piece;
  piece.line = number;
  piece.method = std::string(request.substr(0, first));
  piece.url = std::string(request.substr(first + 1, last - first - 1));
  if (!may_be_asked(piece.method, piece.url)) return;
  const auto at = parse_clf_time(line.substr(open + 1, close - open - 1));
  if (!at) return maker.wrong(number, "has no time such as [31/Jan/2026:12:00:00 +0100]");
  piece.at = *at;
  piece.client = std::string(line.substr(0, line.find(' ')));
  piece.status = status_of(trimmed(line.substr(end + 1)));
  maker.add(std::move(piece));
}

}  // namespace

void read_clf(std::string_view text, TargetMaker& maker) {
  for (std::size_t number = 1; !text.empty() && !maker.full(); ++number) {
    const auto line = trimmed(take_line(text));
    if (!line.empty()) take_entry(line, number, maker);
  }
}

}  // namespace loadtest::plan
