// `serve`: a server whose latency is known.

#include <fmt/format.h>

#include <iostream>
#include <thread>

#include "gateway/net/address.hpp"
#include "loadtest/command/commands.hpp"
#include "loadtest/command/interrupt.hpp"
#include "loadtest/command/mistake.hpp"
#include "loadtest/command/taken.hpp"
#include "loadtest/plan/numbers.hpp"
#include "loadtest/service/service.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;

Nanoseconds span(std::string_view flag, std::string_view text) { return take(flag, text, plan::parse_span(text)); }
double percent(std::string_view flag, std::string_view text) {
  return text.empty() ? 0 : take(flag, text, plan::parse_percent(text));
}

/// `A:B`, both of which must be there.
std::pair<std::string_view, std::string_view> pair_of(std::string_view flag, std::string_view text, std::string_view form) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) throw Mistake(fmt::format("{} {}: must be {}", flag, text, form));
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void set_delay(const ServeOptions& options, service::Delay& delay) {
  delay.median = span("--service-time", options.service_time);
  if (!options.sigma.empty()) {
    delay.kind = service::Delay::Kind::lognormal;
    std::size_t used = 0;
    try {
      delay.sigma = std::stod(options.sigma, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != options.sigma.size() || !(delay.sigma > 0 && delay.sigma <= 5)) {
      throw Mistake(fmt::format("--sigma {}: must be a number above 0 and at most 5", options.sigma));
    }
  }
  if (!options.each.empty()) delay.each = span("--delay-each", options.each);
  if (options.delay.empty()) return;
  if (!options.sigma.empty() || delay.median != 0) throw Mistake("--delay stands instead of --service-time and --sigma");
  delay.kind = service::Delay::Kind::mix;
  double sum = 0;
  std::string_view rest = options.delay;
  while (!rest.empty()) {
    const auto end = rest.find(',');
    const auto [time, share] = pair_of("--delay", rest.substr(0, end), "TIME:PERCENT, such as 150us:10,2ms:5");
    delay.mix.emplace_back(span("--delay", time), percent("--delay", share));
    sum += delay.mix.back().second;
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (sum > 100) throw Mistake(fmt::format("--delay {}: more than 100 %", options.delay));
}

void set_place(const ServeOptions& options, service::Settings& settings) {
  settings.unix_socket = options.unix_socket;
  const auto address = gw::net::parse_address(options.listen);
  const auto* tcp = address ? std::get_if<gw::net::TcpAddress>(&*address) : nullptr;
  const auto colon = options.listen.rfind(':');
  if (tcp == nullptr && !(colon != std::string::npos && options.listen.substr(colon) == ":0")) {
    throw Mistake(fmt::format("--listen {}: must be HOST:PORT", options.listen));
  }
  settings.host = tcp != nullptr ? tcp->host : options.listen.substr(0, colon);
  settings.port = tcp != nullptr ? tcp->port : 0;
  settings.certificate = options.certificate;
  settings.private_key = options.private_key;
  if (settings.certificate.empty() != settings.private_key.empty())
    throw Mistake("--certificate and --private-key go together");
}

service::Settings settings_of_server(const ServeOptions& options) {
  service::Settings made;
  set_place(options, made);
  set_delay(options, made.delay);
  for (const auto& text : options.stalls) {
    const auto [after, lasts] = pair_of("--stall", text, "AFTER:FOR, such as 4s:2s");
    made.stalls.push_back({span("--stall", after), span("--stall", lasts)});
  }
  for (const auto& text : options.statuses) {
    const auto [status, share] = pair_of("--status", text, "STATUS:PERCENT, such as 503:5");
    const auto code = take("--status", text, plan::parse_count(status));
    if (code < 200 || code > 599) throw Mistake(fmt::format("--status {}: must be from 200 to 599", text));
    made.statuses.emplace_back(static_cast<std::uint16_t>(code), percent("--status", share));
  }
  made.resets = percent("--resets", options.resets);
  made.truncated = percent("--truncated", options.truncated);
  made.close = percent("--close", options.close);
  made.size = take("--size", options.size, config::parse_bytes(options.size)).count;
  if (!options.body_takes.empty()) made.body_takes = span("--body-takes", options.body_takes);
  if (!options.event_interval.empty()) made.event_interval = span("--event-interval", options.event_interval);
  if (!options.events.empty())
    made.events = static_cast<unsigned>(take("--events", options.events, plan::parse_count(options.events)));
  made.delays_file = options.delays;
  made.seed = take("--seed", options.seed, plan::parse_count(options.seed));
  return made;
}

}  // namespace

int serve(const ServeOptions& options) {
  const auto settings = settings_of_server(options);
  const auto most = options.duration.empty() ? Nanoseconds{0} : span("--duration", options.duration);
  const Interrupt interrupt;
  gw::net::Worker worker(gw::net::Worker::Sleeps::in_poller);
  service::Service server(worker, settings);
  if (!server.problem().empty()) throw Mistake(server.problem(), {}, Exit::unreachable);
  if (settings.unix_socket.empty())
    std::cerr << fmt::format("spaceport-bench: serving on {}:{}\n", settings.host, server.port());
  else
    std::cerr << fmt::format("spaceport-bench: serving on {}\n", settings.unix_socket);
  // Whoever starts it has to know when it serves: the line is there at once.
  std::cerr.flush();
  const std::jthread ender([&](const std::stop_token& end) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(most);
    while (!end.stop_requested() && !interrupt.told() && (most == 0 || std::chrono::steady_clock::now() < until)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    worker.post([&] {
      server.stop();
      worker.stop();
    });
  });
  worker.run();
  return static_cast<int>(Exit::ok);
}

}  // namespace loadtest::command
