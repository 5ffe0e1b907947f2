#include "loadtest/plan/log_time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace loadtest::plan {
namespace {

using measure::Nanoseconds;
constexpr Nanoseconds second = 1'000'000'000;

/// `size` digits at `at`; nothing when there are others.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t size) {
  if (text.size() < at + size) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, size)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<Nanoseconds> moment(std::optional<int> year, std::optional<int> month, std::optional<int> day,
                                  std::optional<int> hour, std::optional<int> minute, std::optional<int> seconds) {
  if (!year || !month || !day || !hour || !minute || !seconds) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  // Within what nanoseconds can count; 60 is a leap second.
  if (!date.ok() || *year < 1970 || *year > 2200 || *hour > 23 || *minute > 59 || *seconds > 60) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((Nanoseconds{days} * 24 + *hour) * 60 + *minute) * 60 * second + *seconds * second;
}

}  // namespace

std::optional<Nanoseconds> parse_utc(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z') {
    return std::nullopt;
  }
  const auto whole = moment(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2), digits(text, 11, 2),
                            digits(text, 14, 2), digits(text, 17, 2));
  if (!whole) return std::nullopt;
  const auto rest = text.substr(19, text.size() - 20);
  if (rest.empty()) return whole;
  if (rest.front() != '.' || rest.size() > 10 || rest.size() < 2) return std::nullopt;
  const auto fraction = digits(rest, 1, rest.size() - 1);
  if (!fraction) return std::nullopt;
  Nanoseconds value = *fraction;
  for (auto i = rest.size() - 1; i < 9; ++i) value *= 10;
  return *whole + value;
}

std::optional<Nanoseconds> parse_clf_time(std::string_view text) {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[20] != ' ') return std::nullopt;
  const auto* month = std::ranges::find(months, text.substr(3, 3));
  if (month == months.end()) return std::nullopt;
  const auto local = moment(digits(text, 7, 4), static_cast<int>(month - months.begin()) + 1, digits(text, 0, 2),
                            digits(text, 12, 2), digits(text, 15, 2), digits(text, 18, 2));
  const auto hours = digits(text, 22, 2);
  const auto minutes = digits(text, 24, 2);
  if (!local || !hours || !minutes || (text[21] != '+' && text[21] != '-') || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const Nanoseconds offset = (Nanoseconds{*hours} * 60 + *minutes) * 60 * second;
  const Nanoseconds utc = text[21] == '+' ? *local - offset : *local + offset;
  return utc < 0 ? std::nullopt : std::optional(utc);
}

}  // namespace loadtest::plan
