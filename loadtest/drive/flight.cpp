#include "loadtest/drive/flight.hpp"

namespace loadtest::drive {

void Flight::take_body(std::span<const char> data, Nanoseconds at, measure::Recorder& recorder) {
  if (check) check->add(data);
  if (!scanner) return;
  for (unsigned events = scanner->add(data); events != 0; --events) take_event(at, recorder);
}

void Flight::take_event(Nanoseconds at, measure::Recorder& recorder) {
  const bool first = last_event == measure::never;
  recorder.record(measure::StreamEvent{at, first ? sample.due : last_event, first, sample.warm_up});
  last_event = at;
}

void Flight::answered(Nanoseconds at) noexcept {
  end(check && !check->good() ? Ending::unexpected_body : Ending::answered, at);
}

void Flight::begin_again() {
  sample.connecting = sample.connected = sample.secured = measure::never;
  sample.sending = sample.sent = sample.first_byte = sample.end = measure::never;
  sample.bytes_in = sample.bytes_out = 0;
  sample.status = 0;
  sample.ending = Ending::answered;
  sample.reused = false;
  carrier = nullptr;
  stream = 0;
  body_sent = 0;
  written_out = whole = refused = false;
  last_event = measure::never;
  if (check) check->begin();
  if (scanner) scanner->begin();
}

}  // namespace loadtest::drive
