// Hostile files of targets, and words of the command line: no crash, what is taken can be asked as exactly one request, and what is not taken
// has its reason.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "loadtest/drive/prepared.hpp"
#include "loadtest/plan/log_time.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/plan/slo.hpp"
#include "loadtest/plan/targets.hpp"
#include "loadtest/plan/url.hpp"

namespace {

using namespace loadtest::plan;
using loadtest::measure::Nanoseconds;

void require(bool holds) {
  if (!holds) std::abort();
}

bool is_plain(char c) { return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f; }

bool is_host_line(std::string_view line) {
  const auto name = line.substr(0, line.find(':'));
  constexpr std::string_view host = "host";
  return std::ranges::equal(name, host, [](char a, char b) { return (a | 0x20) == b; });
}

/// The request line, lines of fields with one Host among them, an empty line: nobody who writes a file writes a second request.
void check_head(const Target& target) {
  const auto lane = loadtest::drive::prepare({target}, {});
  const auto& prepared = *lane.targets.front();
  const std::size_t body = target.body && !prepared.body ? target.body->size() : 0;
  require(prepared.head.size() > body);
  std::string_view head = std::string_view(prepared.head).substr(0, prepared.head.size() - body);
  const auto first = head.substr(0, head.find("\r\n"));
  require(first == target.method + " " + target.path + " HTTP/1.1");
  require(std::ranges::count(first, ' ') == 2 && head.ends_with("\r\n\r\n"));
  head.remove_prefix(first.size() + 2);
  int hosts = 0;
  for (std::string_view line; !(line = head.substr(0, head.find("\r\n"))).empty(); head.remove_prefix(line.size() + 2)) {
    require(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    require(is_token(line.substr(0, line.find(':'))));
    hosts += is_host_line(line) ? 1 : 0;
  }
  require(head == "\r\n" && hosts == 1);
}

void check_target(const Target& target) {
  require(is_token(target.method) && target.method.size() <= 32);
  require(!target.origin.host.empty() && target.origin.port != 0);
  require(std::ranges::all_of(target.origin.host, is_plain) &&
          target.origin.host.find_first_of("/?#@[]%") == std::string::npos);
  require(target.path.front() == '/' && std::ranges::all_of(target.path, is_plain));
  const auto again = parse_url(target.url());
  require(again && again.value->origin == target.origin && again.value->path == target.path);
  check_head(target);
}

void read(std::string_view text, TargetFormat format, const TargetDefaults& defaults) {
  config::Report report("targets");
  const auto targets = read_targets(text, format, defaults, report);
  const auto problems = report.take();
  require(!targets.empty() || !problems.empty());
  for (const auto& problem : problems) require(!problem.text().empty());
  for (const auto& one : targets) {
    // Differences of times are taken, which must not overflow.
    require(one.at == loadtest::measure::never || one.at >= 0);
    require(one.status <= 999);
    check_target(one.target);
  }
}

/// With and without a host for paths; everything goes to that host, or to where the file says.
void read_all_ways(std::string_view text, TargetFormat format) {
  TargetDefaults defaults;
  defaults.read_file = [](const std::string& path) -> config::Parsed<std::string> {
    if (path.size() % 2 == 0) return {path, {}};
    return {{}, "is not there"};
  };
  read(text, format, defaults);
  defaults.target = *parse_url("http://127.0.0.1:7860").value;
  defaults.target.fields = {{"X-Bench-Run", "1"}, {"User-Agent", "us"}};
  defaults.has_origin = defaults.keep_origin = true;
  read(text, format, defaults);
}

template <class T>
void check_word(const config::Parsed<T>& parsed) {
  require(parsed.value.has_value() != !parsed.message.empty());
}

void read_words(std::string_view text) {
  const auto span = parse_span(text);
  check_word(span);
  if (span) {
    require(*span.value >= 0 && *span.value <= Nanoseconds{30} * 24 * 3600 * 1'000'000'000);
    require(parse_span(exact_span(*span.value)).value == span.value);
  }
  const auto rate = parse_rate(text);
  check_word(rate);
  if (rate) require(*rate.value > 0 && *rate.value <= 1e7);
  const auto count = parse_count(text);
  check_word(count);
  if (count) require(*count.value <= 1'000'000'000'000);
  const auto percent = parse_percent(text);
  check_word(percent);
  if (percent) require(*percent.value >= 0 && *percent.value <= 100);
  const auto slo = parse_slo(text);
  check_word(slo);
  if (slo) {
    require(slo.value->limit >= 0 && slo.value->quantile >= 0 && slo.value->quantile < 1);
    require(parse_slo(slo.value->text).value->limit == slo.value->limit);
  }
  for (const auto& at : {parse_utc(text), parse_clf_time(text)}) require(!at || *at >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.empty()) return 0;
  // The first byte says what the rest is: most inputs would be good for one of them only.
  constexpr std::string_view letters = "uvjhclg";
  const auto rest = text.substr(1);
  const auto format = letters.find(text.front());
  if (text.front() == 'w')
    read_words(rest);
  else if (format != std::string_view::npos)
    read_all_ways(rest, static_cast<TargetFormat>(format));
  else
    read_all_ways(rest, guess_format(rest));
  return 0;
}
