// Whatever a server says, every request lands once, and where the bytes were cut makes no difference to how.

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <string_view>
#include <tuple>
#include <vector>

#include "loadtest/drive/talk.hpp"
#include "loadtest/plan/url.hpp"

namespace {

using namespace loadtest::drive;
using loadtest::measure::Ending;

enum Kind : unsigned { http1, events, http2, websocket, kinds };

const PreparedLane& lane(Kind kind) {
  static const auto made = [] {
    std::vector<PreparedLane> lanes;
    for (const auto protocol : {loadtest::plan::Protocol::http1, loadtest::plan::Protocol::events,
                                loadtest::plan::Protocol::h2c, loadtest::plan::Protocol::websocket}) {
      auto target = *loadtest::plan::parse_url("http://a.test/").value;
      loadtest::plan::Transport transport;
      transport.protocol = protocol;
      lanes.push_back(prepare({target}, transport));
      if (protocol != loadtest::plan::Protocol::websocket) continue;
      // A key of which the seeds know the proof (RFC 6455 §1.3).
      auto prepared = std::make_unique<Prepared>(*lanes.back().targets[0]);
      prepared->about.fields.clear();
      prepared->about.fields.add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
      lanes.back().targets[0] = std::move(prepared);
    }
    return lanes;
  }();
  return made[kind];
}

std::unique_ptr<Talk> make(Kind kind, loadtest::measure::Recorder& recorder) {
  if (kind == http2) return http2_talk(recorder, 4);
  if (kind == websocket) return websocket_talk(recorder, *lane(kind).targets[0], "ping", 4);
  return http1_talk(recorder);
}

/// How a request ended: with which status, and what came of its body.
using Outcome = std::tuple<Ending, unsigned, std::uint64_t>;

void say(Talk& talk) {
  for (auto out = talk.output(); !out.empty(); out = talk.output()) talk.wrote(out.size());
}

std::vector<Outcome> play(Kind kind, std::string_view bytes, std::size_t step) {
  loadtest::measure::Recorder recorder;
  const auto talk = make(kind, recorder);
  std::deque<Flight> flights;
  Landed landed;
  const auto begin_all = [&] {
    while (talk->room() != 0 && flights.size() < 8) {
      auto& flight = flights.emplace_back();
      flight.prepared = lane(kind).targets[0].get();
      if (kind == events) flight.scanner = std::make_unique<EventScanner>();
      flight.begin_again();
      flight.sample.due = 0;
      if (!talk->begin(flight)) {
        flights.pop_back();
        break;
      }
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    begin_all();
    say(*talk);
    talk->received(bytes.substr(at, step), 1000, landed);
    if (landed.size() + talk->flying() != flights.size()) std::abort();
  }
  talk->ended(true, 2000, landed);
  if (talk->flying() != 0 || landed.size() != flights.size() || talk->room() != 0 || talk->goes_on()) std::abort();
  std::vector<Outcome> outcomes;
  for (const auto& flight : flights) {
    std::size_t times = 0;
    for (const auto* one : landed) times += one == &flight ? 1 : 0;
    if (times != 1 || flight.sample.end == loadtest::measure::never) std::abort();
    outcomes.emplace_back(flight.sample.ending, flight.sample.status, flight.sample.bytes_in);
  }
  return outcomes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 3) return 0;
  const auto kind = static_cast<Kind>(data[0] % kinds);
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 2, size - 2};
  const auto whole = play(kind, bytes, bytes.size());
  const auto pieces = play(kind, bytes, std::size_t{data[1]} + 1);
  // The first request was there for both; for the next ones it matters when they began.
  if (kind != http2 && !whole.empty() && !pieces.empty() && std::get<0>(whole[0]) == Ending::answered &&
      whole[0] != pieces[0] && std::get<0>(pieces[0]) != Ending::answered)
    std::abort();
  return 0;
}
