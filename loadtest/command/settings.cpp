// What the flags mean.

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <random>

#include "config/suggest.hpp"
#include "loadtest/command/files.hpp"
#include "loadtest/command/load_flags.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/taken.hpp"
#include "loadtest/measure/base64.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/plan/url.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;

constexpr Nanoseconds second = 1'000'000'000;
// Nobody means more, and a typing error must not take a machine down.
constexpr std::uint64_t most_connections = 100'000;
constexpr std::uint64_t most_threads = 256;
constexpr std::uint64_t most_streams = 10'000;
// Beyond it nobody is slow.
constexpr std::uint64_t fastest_pace = 1'000'000'000;
constexpr Nanoseconds longest_run = 24 * 3600 * second;
// A warm-up is found in fifty windows of a quarter of a second, or not at all (measure/steady).
constexpr Nanoseconds long_enough = 15 * second;

std::uint64_t number(std::string_view flag, const std::string& text, std::uint64_t least, std::uint64_t most) {
  const auto value = take(flag, text, plan::parse_count(text));
  if (value < least || value > most) throw Mistake(fmt::format("{} {}: must be from {} to {}", flag, text, least, most));
  return value;
}

Nanoseconds span(std::string_view flag, const std::string& text) { return take(flag, text, plan::parse_span(text)); }

/// Bytes a second of a slow client; 0 when nothing is said.
std::uint64_t pace(std::string_view flag, const std::string& text) {
  if (text.empty()) return 0;
  const auto bytes =
      config::parse_bytes(std::string_view(text).substr(0, text.ends_with("/s") ? text.size() - 2 : text.size()));
  if (!bytes || bytes.value->count == 0 || bytes.value->count > fastest_pace)
    throw Mistake(fmt::format("{} {}: must be bytes a second, from 1 to 1G: 500, 20k or 20k/s", flag, text));
  return bytes.value->count;
}

/// The place of `text` among the words that are known.
std::size_t word(std::string_view flag, const std::string& text, std::initializer_list<std::string_view> known) {
  const auto* found = std::ranges::find(known, text);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  throw Mistake(fmt::format("{} {}: must be {}{}", flag, text, fmt::join(known, ", "),
                            config::did_you_mean(text, std::span(known.begin(), known.size()))));
}

plan::Stage stage_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) throw Mistake(fmt::format("--stages {}: must be TIME:RATE, such as 30s:100", text));
  plan::Stage stage;
  stage.duration = span("--stages", text.substr(0, colon));
  if (stage.duration == 0) throw Mistake(fmt::format("--stages {}: must last", text));
  const auto rate = text.substr(colon + 1);
  if (rate != "0") stage.rate = take<double>("--stages", text, plan::parse_rate(rate));
  return stage;
}

void set_open_loop(const LoadFlags& flags, plan::Load& load) {
  load.open_loop = true;
  load.connections =
      flags.connections.empty() ? 0 : static_cast<unsigned>(number("--connections", flags.connections, 0, most_connections));
  if (!flags.stages.empty()) {
    if (!flags.rate.empty() || load.duration) {
      throw Mistake("--stages says rates and times: it cannot stand beside --rate or --duration");
    }
    for (const auto& text : flags.stages) load.stages.push_back(stage_of(text));
    if (std::ranges::all_of(load.stages, [](const auto& stage) { return stage.rate == 0; }))
      throw Mistake("--stages: all rates are 0");
  } else {
    const double rate = take<double>("--rate", flags.rate, plan::parse_rate(flags.rate));
    // With a number of requests and no time, the time is what these take.
    const auto enough =
        load.requests ? static_cast<Nanoseconds>((static_cast<double>(*load.requests) / rate + 1) * second) : 10 * second;
    load.stages.push_back({load.duration.value_or(enough) + load.warm_up_for, rate});
  }
  Nanoseconds whole = 0;
  for (const auto& stage : load.stages) whole += stage.duration;
  if (whole > longest_run)
    throw Mistake(fmt::format("the run would take {}: at most a day is allowed", plan::exact_span(whole)));
}

void set_closed_loop(const LoadFlags& flags, plan::Load& load) {
  load.connections =
      flags.connections.empty() ? 50 : static_cast<unsigned>(number("--connections", flags.connections, 1, most_connections));
  if (!load.requests && !load.duration) load.duration = 10 * second;
  if (flags.arrival != "constant") throw Mistake("--arrival is for an open loop: give --rate too");
  if (!flags.most_connections.empty())
    throw Mistake("--max-connections is for an open loop: give --rate, or use --connections");
  if (flags.warm_up.empty() && load.duration && *load.duration >= long_enough && !load.requests)
    load.warm_up = plan::WarmUp::found;
}

plan::Load load_of(const LoadFlags& flags) {
  plan::Load load;
  if (!flags.requests.empty()) load.requests = number("--requests", flags.requests, 1, 1'000'000'000'000);
  if (!flags.duration.empty()) {
    load.duration = span("--duration", flags.duration);
    if (*load.duration == 0 || *load.duration > longest_run)
      throw Mistake(fmt::format("--duration {}: must be more than 0 and at most a day", flags.duration));
  }
  if (flags.warm_up == "auto")
    load.warm_up = plan::WarmUp::found;
  else if (!flags.warm_up.empty() && flags.warm_up != "none") {
    load.warm_up = plan::WarmUp::fixed;
    load.warm_up_for = span("--warmup", flags.warm_up);
  }
  load.arrival = static_cast<plan::Arrival>(word("--arrival", flags.arrival, {"constant", "poisson", "uniform"}));
  load.seed = flags.seed.empty() ? std::random_device{}() : number("--seed", flags.seed, 0, 1'000'000'000'000);
  load.timeout = span("--timeout", flags.timeout);
  if (load.timeout == 0) throw Mistake("--timeout 0: every request would be given up at once");
  load.drain = span("--drain", flags.drain);
  load.drop_on_overflow = word("--on-overflow", flags.on_overflow, {"queue", "drop"}) == 1;
  load.threads = static_cast<unsigned>(number("--threads", flags.threads, 1, most_threads));
  load.spin = flags.spin;
  if (flags.rate.empty() && flags.stages.empty()) {
    set_closed_loop(flags, load);
  } else {
    if (!flags.most_connections.empty())
      load.most_connections = static_cast<unsigned>(number("--max-connections", flags.most_connections, 0, most_connections));
    set_open_loop(flags, load);
  }
  return load;
}

plan::Protocol protocol_of(const LoadFlags& flags) {
  const int asked = int{flags.http1} + int{flags.http2} + int{flags.h2c} + int{flags.websocket} + int{flags.events};
  if (asked > 1) throw Mistake("--http1, --http2, --h2c, --ws and --sse exclude each other");
  if (flags.http2) return plan::Protocol::negotiated;
  if (flags.h2c) return plan::Protocol::h2c;
  if (flags.websocket) return plan::Protocol::websocket;
  return flags.events ? plan::Protocol::events : plan::Protocol::http1;
}

plan::Override override_of(const std::string& text) {
  const auto first = text.find(':');
  const auto second_colon = first == std::string::npos ? first : text.find(':', first + 1);
  if (second_colon == std::string::npos) throw Mistake(fmt::format("--resolve {}: must be HOST:PORT:ADDRESS", text));
  plan::Override made;
  made.host = text.substr(0, first);
  made.port = static_cast<std::uint16_t>(number("--resolve", text.substr(first + 1, second_colon - first - 1), 1, 65535));
  made.address = text.substr(second_colon + 1);
  if (made.address.size() > 2 && made.address.front() == '[' && made.address.back() == ']')
    made.address = made.address.substr(1, made.address.size() - 2);
  if (made.host.empty() || made.address.empty()) throw Mistake(fmt::format("--resolve {}: must be HOST:PORT:ADDRESS", text));
  return made;
}

std::uint32_t http2_window_of(const LoadFlags& flags, plan::Protocol protocol) {
  if (protocol != plan::Protocol::negotiated && protocol != plan::Protocol::h2c)
    throw Mistake("--h2-window is for HTTP/2: give --http2 or --h2c too");
  if (!flags.read_rate.empty()) throw Mistake("--read-rate has windows of its own: leave --h2-window out");
  const auto size = take("--h2-window", flags.http2_window, config::parse_bytes(flags.http2_window)).count;
  // RFC 9113 §6.9.1: none is larger than 2^31-1.
  if (size < 1 || size > 0x7fffffff)
    throw Mistake(fmt::format("--h2-window {}: must be from 1 to 2147483647", flags.http2_window));
  return static_cast<std::uint32_t>(size);
}

plan::Transport transport_of(const LoadFlags& flags) {
  plan::Transport made;
  made.protocol = protocol_of(flags);
  made.streams = static_cast<unsigned>(number("--streams", flags.streams, 1, most_streams));
  if (made.streams > 1 && made.protocol != plan::Protocol::negotiated && made.protocol != plan::Protocol::h2c) {
    throw Mistake("--streams is for HTTP/2: give --http2 or --h2c too");
  }
  if (!flags.http2_window.empty()) made.http2_window = http2_window_of(flags, made.protocol);
  made.keep_alive = !flags.no_keep_alive;
  if (!flags.most_requests.empty()) made.most_requests = number("--max-conn-requests", flags.most_requests, 1, 1'000'000'000);
  made.verify = !flags.insecure;
  for (const auto& text : flags.resolve) made.overrides.push_back(override_of(text));
  made.unix_socket = flags.unix_socket;
  made.read_rate = pace("--read-rate", flags.read_rate);
  made.write_rate = pace("--write-rate", flags.write_rate);
  if (made.read_rate != 0 && !made.unix_socket.empty())
    throw Mistake("--read-rate cannot go through --unix-socket: how much waits there unread is up to the server");
  if (!flags.websocket && (!flags.websocket_message.empty() || !flags.websocket_rate.empty()))
    throw Mistake("--ws-message and --ws-rate need --ws");
  if (!flags.websocket_message.empty()) made.websocket_message = text_or_file(flags.websocket_message, "--ws-message");
  if (!flags.websocket_rate.empty())
    made.websocket_rate = take<double>("--ws-rate", flags.websocket_rate, plan::parse_rate(flags.websocket_rate));
  return made;
}

/// `a=1&b=2` of the fields of a form, escaped.
std::string form_of(const std::vector<std::string>& fields) {
  std::string out;
  for (const auto& field : fields) {
    if (field.find('=') == std::string::npos) throw Mistake(fmt::format("--form {}: must be NAME=VALUE", field));
    if (!out.empty()) out += '&';
    bool value = false;
    for (const char c : field) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         std::string_view("-._~").find(c) != std::string_view::npos;
      if (plain || (c == '=' && !value))
        out += c;
      else
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      value = value || c == '=';
    }
  }
  return out;
}

/// The same for all requests of this process.
const std::string& run_id() {
  static const std::string id = [] {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
  }();
  return id;
}

/// What all requests have that do not say it themselves.
plan::Target common_target(const LoadFlags& flags) {
  plan::Target target;
  if (!flags.url.empty()) target = take<plan::Target>("URL", "", plan::parse_url(flags.url));
  for (const auto& text : flags.headers) {
    auto field = plan::parse_field(text);
    if (!field) throw Mistake(fmt::format("--header {}: must be 'Name: value'", text));
    // Which of two counts is each server's guess, and none of ours is to be measured.
    if (plan::same_name(field->first, "Host") && plan::has(target, "Host"))
      throw Mistake(fmt::format("--header {}: a request has one Host, and it was said before", text));
    target.fields.push_back(std::move(*field));
  }
  if (!flags.user.empty()) target.fields.emplace_back("Authorization", "Basic " + measure::to_base64(flags.user));
  if (!flags.data.empty() && !flags.forms.empty()) throw Mistake("--data and --form exclude each other");
  if (!flags.data.empty()) target.body = std::make_shared<const std::string>(text_or_file(flags.data, "--data"));
  if (!flags.forms.empty()) target.body = std::make_shared<const std::string>(form_of(flags.forms));
  if (!flags.content_type.empty()) target.fields.emplace_back("Content-Type", flags.content_type);
  if (target.body && !plan::has(target, "Content-Type"))
    target.fields.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  target.method = !flags.method.empty() ? flags.method : target.body ? "POST" : "GET";
  if (!plan::is_token(target.method)) throw Mistake(fmt::format("--method {}: is not a method", flags.method));
  // So that whoever serves can tell a test from visitors, and one from another (loadtest.md 5: safety rails).
  if (!plan::has(target, "X-Bench-Run")) target.fields.emplace_back("X-Bench-Run", run_id());
  if (!plan::has(target, "User-Agent")) target.fields.emplace_back("User-Agent", "spaceport-bench/" SPACEPORT_VERSION);
  return target;
}

}  // namespace

std::vector<plan::TimedTarget> targets_of(const LoadFlags& flags) {
  auto common = common_target(flags);
  if (flags.targets.empty()) {
    if (flags.url.empty()) throw Mistake("there is no URL", "say where to: spaceport-bench run http://127.0.0.1:7860/");
    std::vector<plan::TimedTarget> one(1);
    one.front().target = std::move(common);
    return one;
  }
  const auto text = read_file(flags.targets, "--targets");
  plan::TargetFormat format = plan::guess_format(text);
  if (!flags.targets_format.empty()) {
    const auto known = plan::target_format(flags.targets_format);
    if (!known)
      throw Mistake(
          fmt::format("--targets-format {}: must be urls, http, json, har, curl, clf or gateway", flags.targets_format));
    format = *known;
  }
  plan::TargetDefaults defaults;
  defaults.has_origin = !flags.url.empty();
  defaults.keep_origin = defaults.has_origin;
  defaults.target = std::move(common);
  defaults.read_file = [](const std::string& path) -> config::Parsed<std::string> {
    try {
      return {read_file(path, "the body"), {}};
    } catch (const Mistake& mistake) {
      return {{}, mistake.what()};
    }
  };
  config::Report report(flags.targets == "-" ? "standard input" : flags.targets);
  auto targets = plan::read_targets(text, format, defaults, report);
  if (const auto problems = report.take(); !problems.empty()) {
    std::string all;
    for (const auto& problem : problems) all += (all.empty() ? "" : "\n  ") + problem.text();
    throw Mistake(all, "the formats are in `spaceport-bench run --help`");
  }
  return targets;
}

plan::Settings settings_of(const LoadFlags& flags) {
  plan::Settings settings;
  settings.load = load_of(flags);
  settings.transport = transport_of(flags);
  for (auto& one : targets_of(flags)) settings.targets.push_back(std::move(one.target));
  if (!flags.expect_bytes.empty()) settings.expect.bytes = number("--expect-bytes", flags.expect_bytes, 0, 1'000'000'000'000);
  settings.expect.contains = flags.expect_contains;
  if (!flags.expect_sha256.empty()) {
    if (flags.expect_sha256.size() != 64 ||
        flags.expect_sha256.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
      throw Mistake(fmt::format("--expect-body-sha256 {}: must be 64 hexadecimal digits", flags.expect_sha256));
    }
    std::ranges::transform(flags.expect_sha256, std::back_inserter(settings.expect.sha256),
                           [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  for (const auto& text : flags.objectives)
    settings.objectives.push_back(take<plan::Slo>("--slo", text, plan::parse_slo(text)));
  settings.abort_on_fail = flags.abort_on_fail;
  if (flags.abort_on_fail && settings.objectives.empty()) throw Mistake("--abort-on-fail needs --slo: what is to be held?");
  for (const auto& text : flags.labels) {
    const auto equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) throw Mistake(fmt::format("--label {}: must be K=V", text));
    settings.labels.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  const bool secure = std::ranges::any_of(settings.targets, [](const auto& target) { return target.origin.secure(); });
  if (settings.transport.protocol == plan::Protocol::negotiated && !secure)
    throw Mistake("--http2 is chosen during the TLS handshake: the URL must be https", "without TLS it is --h2c");
  if (settings.transport.protocol == plan::Protocol::h2c && secure)
    throw Mistake("--h2c is without TLS: the URL must be http", "with TLS it is --http2");
  const bool socket = std::ranges::any_of(settings.targets, [](const auto& t) {
    return t.origin.scheme == plan::Scheme::ws || t.origin.scheme == plan::Scheme::wss;
  });
  if (socket && settings.transport.protocol != plan::Protocol::websocket)
    settings.transport.protocol = plan::Protocol::websocket;
  return settings;
}

}  // namespace loadtest::command
