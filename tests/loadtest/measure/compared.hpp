#pragma once
// Two ways to one app, for everything that says what the second costs more.

#include "loadtest/measure/result.hpp"
#include "tests/loadtest/measure/runs.hpp"

namespace loadtest::measure {

/// A sample that goes through all phases, of which the server takes `took`.
inline Sample through_all_phases(Random& random, Nanoseconds due, Nanoseconds took) {
  const auto some = [&](double mean) { return static_cast<Nanoseconds>(mean * std::exp(0.4 * normal(random))); };
  Sample sample = answered(due, 0);
  sample.noticed = due + some(60e3);
  sample.sending = sample.noticed + some(15e3);
  sample.sent = sample.sending + some(9e3);
  sample.first_byte = sample.sent + took;
  sample.end = sample.first_byte + some(120e3);
  sample.bytes_in = 5'300;
  sample.bytes_out = 112;
  return sample;
}

inline Result one_side(std::uint64_t seed, Nanoseconds wait, Nanoseconds connect, std::string title) {
  Recorder recorder;
  Random random(seed);
  for (Nanoseconds i = 0; i != 300 * 20; ++i) {
    const Nanoseconds due = i * second / 300, slow = due / second % 7 == 3 ? 2 : 1;
    Sample sample =
        through_all_phases(random, due, slow * static_cast<Nanoseconds>(2e6 * std::exp(0.3 * normal(random))) + wait);
    if (connect != 0 && i % 4 == 0) {
      sample.connecting = sample.noticed;
      sample.connected = sample.noticed + connect;
      for (Nanoseconds Sample::*member : {&Sample::sending, &Sample::sent, &Sample::first_byte, &Sample::end})
        sample.*member += connect;
    }
    recorder.record(sample);
  }
  Result result;
  result.title = std::move(title);
  result.started = 1'795'000'000 * second;
  result.length = 20 * second;
  result.open_loop = true;
  result.offered = 300;
  result.series = recorder.series();
  result.settings = {{"command", "compare"}};
  return result;
}

inline Comparison gateway_against_direct() {
  Comparison made{"direct", "gateway", one_side(3, 0, 0, "http://172.18.0.2:7860/"),
                  one_side(4, 110 * microsecond, 60 * microsecond, "http://local-hello.localhost:8080/")};
  ServerPart queue{"gateway-queue", 0, 0, Histogram(2)}, app{"gateway-app", 0, 0, Histogram(2)};
  for (int i = 0; i != 6000; ++i) queue.add(21'000), app.add(2'100'000);
  ServerPart gap{"gap", 0, 0, Histogram(2)};
  gap.add(3'300'000);
  made.two.server_parts = {queue, app, gap};
  return made;
}

}  // namespace loadtest::measure
