#include <deque>
#include <string>

#include "gateway/http/h1/response_parser.hpp"
#include "loadtest/drive/talk.hpp"
#include "loadtest/service/frames.hpp"

namespace loadtest::drive {
namespace {

namespace h1 = gw::http::h1;
using service::Opcode;

// Of what was written so much may lie in front of what was not: a slow writer's output is never empty.
constexpr std::size_t most_written = 64 << 10;

class WebSocketTalk final : public Talk {
 public:
  WebSocketTalk(measure::Recorder& recorder, const Prepared& introduction, std::string message, std::size_t at_once)
      : recorder_(recorder), message_(std::move(message)), at_once_(at_once), out_(introduction.head) {
    parser_.expect_answer_to(introduction.about);
  }

  std::size_t room() const noexcept override { return upgraded_ && usable_ ? at_once_ - flying_.size() : 0; }
  bool goes_on() const noexcept override { return usable_; }
  std::size_t flying() const noexcept override { return flying_.size(); }
  bool introduced() const noexcept override { return upgraded_; }

  bool begin(Flight& flight) override;
  std::span<const char> output() override { return std::string_view(out_).substr(at_); }
  void wrote(std::size_t bytes) override;
  void received(std::span<const char> bytes, Nanoseconds at, Landed& landed) override;
  void ended(bool orderly, Nanoseconds at, Landed& landed) override;
  bool give_up(Flight& flight) override;

 private:
  void read_answer(std::span<const char> bytes);
  void take(const service::Frame& frame, Nanoseconds at, Landed& landed);
  std::uint32_t mask() noexcept { return mask_ = mask_ * 1'664'525U + 1'013'904'223U; }

  measure::Recorder& recorder_;
  const std::string message_;
  const std::size_t at_once_;
  h1::ResponseParser parser_;
  gw::http::ResponseHead head_;
  service::FrameReader frames_{false};
  std::string out_;
  std::size_t at_ = 0;
  std::string held_;  ///< of the answer to the introduction
  std::deque<Flight*> flying_;
  Nanoseconds last_event_ = measure::never;
  // RFC 6455 §10.3 wants masks that scripts in browsers cannot guess. We are no browser; they differ, which is what proxies see.
  std::uint32_t mask_ = 0x5eed;
  bool upgraded_ = false;
  bool usable_ = true;
};

bool WebSocketTalk::begin(Flight& flight) {
  const std::size_t before = out_.size();
  service::append_frame(out_, Opcode::text, true, message_, mask());
  flight.sample.bytes_out = out_.size() - before;
  flight.written_out = true;
  flying_.push_back(&flight);
  return true;
}

void WebSocketTalk::wrote(std::size_t bytes) {
  at_ += bytes;
  // No more is moved than was written, however much is behind it.
  const bool moves = at_ > most_written && at_ >= out_.size() - at_;
  if (at_ != out_.size() && !moves) return;
  out_.erase(0, at_);
  at_ = 0;
}

void WebSocketTalk::received(std::span<const char> bytes, Nanoseconds at, Landed& landed) {
  if (!upgraded_) {
    read_answer(bytes);
    if (!upgraded_) return;
  } else {
    frames_.add(bytes);
  }
  if (!flying_.empty() && flying_.front()->sample.first_byte == measure::never) flying_.front()->sample.first_byte = at;
  while (usable_) {
    const auto frame = frames_.next();
    if (!frame) break;
    take(*frame, at, landed);
  }
  if (!frames_.broken()) return;
  usable_ = false;
  for (auto* flight : flying_) {
    flight->end(Ending::malformed, at);
    landed.push_back(flight);
  }
  flying_.clear();
}

void WebSocketTalk::read_answer(std::span<const char> bytes) {
  held_.append(bytes.data(), bytes.size());
  const auto n = parser_.parse(held_, head_);
  if (n && *n == 0) return;
  // Anything but a 101 with the right proof is no WebSocket.
  upgraded_ = n && head_.tunnel == gw::http::Tunnel::websocket;
  usable_ = upgraded_;
  if (upgraded_) frames_.add(std::string_view(held_).substr(*n));
}

void WebSocketTalk::take(const service::Frame& frame, Nanoseconds at, Landed& landed) {
  if (frame.opcode == Opcode::ping) service::append_frame(out_, Opcode::pong, true, frame.payload, mask());
  if (frame.opcode == Opcode::close) usable_ = false;
  if (frame.control() || !frame.final || flying_.empty()) return;
  Flight& flight = *flying_.front();
  flying_.pop_front();
  if (flight.sample.first_byte == measure::never) flight.sample.first_byte = at;
  flight.sample.status = 101;
  flight.sample.bytes_in = frame.payload.size();
  flight.last_event = last_event_;
  flight.take_body(frame.payload, at, recorder_);
  flight.take_event(at, recorder_);
  last_event_ = at;
  flight.answered(at);
  landed.push_back(&flight);
}

void WebSocketTalk::ended(bool /*orderly*/, Nanoseconds at, Landed& landed) {
  usable_ = false;
  for (auto* flight : flying_) {
    flight->end(Ending::reset, at);
    landed.push_back(flight);
  }
  flying_.clear();
}

bool WebSocketTalk::give_up(Flight& flight) {
  // Its echo could not be told from the next one's.
  std::erase(flying_, &flight);
  usable_ = false;
  return false;
}

}  // namespace

std::unique_ptr<Talk> websocket_talk(measure::Recorder& recorder, const Prepared& introduction, std::string message,
                                     std::size_t at_once) {
  return std::make_unique<WebSocketTalk>(recorder, introduction, std::move(message), at_once);
}

}  // namespace loadtest::drive
