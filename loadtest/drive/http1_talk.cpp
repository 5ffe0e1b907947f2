#include <string>

#include "gateway/http/h1/response_parser.hpp"
#include "loadtest/drive/talk.hpp"

namespace loadtest::drive {
namespace {

namespace h1 = gw::http::h1;

class Http1Talk final : public Talk {
 public:
  explicit Http1Talk(measure::Recorder& recorder) : recorder_(recorder) {}

  std::size_t room() const noexcept override { return flight_ == nullptr && usable_ ? 1 : 0; }
  bool goes_on() const noexcept override { return usable_; }
  std::size_t flying() const noexcept override { return flight_ != nullptr ? 1 : 0; }

  bool begin(Flight& flight) override;
  std::span<const char> output() override { return left_; }
  void wrote(std::size_t bytes) override;
  void received(std::span<const char> bytes, Nanoseconds at, Landed& landed) override;
  void ended(bool orderly, Nanoseconds at, Landed& landed) override;
  bool give_up(Flight& flight) override;

 private:
  std::size_t read(std::span<const char> bytes, Nanoseconds at);
  bool read_head(std::span<const char>& bytes);
  void land(Ending ending, Nanoseconds at);

  measure::Recorder& recorder_;
  h1::ResponseParser parser_;
  h1::BodyDecoder decoder_;
  gw::http::ResponseHead head_;
  Flight* flight_ = nullptr;
  std::span<const char> left_;  ///< to be written, of the head or of the body
  std::string held_;            ///< a piece of an answer that says nothing without its rest
  bool body_left_ = false;      ///< the body is to be written behind the head
  bool in_body_ = false;
  bool over_ = false;  ///< the answer of this flight is
  bool usable_ = true;
};

bool Http1Talk::begin(Flight& flight) {
  flight_ = &flight;
  parser_.expect_answer_to(flight.prepared->about);
  head_.clear();
  in_body_ = over_ = false;
  left_ = flight.prepared->head;
  body_left_ = flight.prepared->body != nullptr;
  flight.written_out = !body_left_;
  flight.sample.bytes_out = flight.prepared->bytes;
  return true;
}

void Http1Talk::wrote(std::size_t bytes) {
  left_ = left_.subspan(bytes);
  if (!left_.empty() || !body_left_) return;
  left_ = *flight_->prepared->body;
  body_left_ = false;
  flight_->written_out = true;
}

void Http1Talk::received(std::span<const char> bytes, Nanoseconds at, Landed& landed) {
  // What nobody has asked for belongs to nobody, and what follows it cannot be told apart from an answer.
  if (flight_ == nullptr) {
    usable_ = false;
    return;
  }
  if (flight_->sample.first_byte == measure::never) flight_->sample.first_byte = at;
  flight_->sample.bytes_in += bytes.size();
  std::size_t used = 0;
  if (held_.empty()) {
    used = read(bytes, at);
    if (!over_) held_.assign(bytes.data() + used, bytes.size() - used);
  } else {
    held_.append(bytes.data(), bytes.size());
    bytes = held_;
    used = read(bytes, at);
    if (!over_) held_.erase(0, used);
  }
  if (!over_) return;
  if (used != bytes.size()) usable_ = false;
  held_.clear();
  landed.push_back(std::exchange(flight_, nullptr));
}

/// Returns how much was used; `over_`: the answer has ended with that.
std::size_t Http1Talk::read(std::span<const char> bytes, Nanoseconds at) {
  const std::size_t size = bytes.size();
  while (!over_) {
    if (!in_body_) {
      if (!read_head(bytes)) break;
      continue;
    }
    if (decoder_.done()) {
      flight_->answered(at);
      over_ = true;
      // An answer that overtook its request: nobody knows what the peer does with the rest.
      usable_ = usable_ && parser_.keep_alive() && flight_->written_out && left_.empty();
      break;
    }
    const auto piece = decoder_.decode(bytes);
    if (!piece) {
      land(Ending::malformed, at);
      break;
    }
    if (!piece->data.empty()) flight_->take_body(piece->data, at, recorder_);
    bytes = bytes.subspan(piece->consumed);
    if (piece->consumed == 0 && !piece->last) break;
  }
  return size - bytes.size();
}

/// False: more must come first, or nothing will.
bool Http1Talk::read_head(std::span<const char>& bytes) {
  const auto n = parser_.parse(bytes, head_);
  if (!n) {
    land(Ending::malformed, flight_->sample.first_byte);
    return false;
  }
  if (*n == 0) return false;
  bytes = bytes.subspan(*n);
  if (head_.interim()) {
    head_.clear();
    return !bytes.empty();
  }
  flight_->sample.status = head_.status;
  if (flight_->timing != nullptr && !flight_->sample.warm_up) {
    if (const auto told = head_.fields.find("server-timing")) flight_->timing->take(*told);
  }
  decoder_.start(parser_.framing(), head_.body.length, gw::net::Side::upstream, parser_.nominated());
  in_body_ = true;
  return true;
}

void Http1Talk::land(Ending ending, Nanoseconds at) {
  flight_->end(ending, at);
  over_ = true;
  usable_ = false;
}

void Http1Talk::ended(bool orderly, Nanoseconds at, Landed& landed) {
  usable_ = false;
  if (flight_ == nullptr) return;
  // It closed an idle connection while we wrote. Had it read the request and hung up, or reset, it would say the same only now and then.
  flight_->refused = orderly && flight_->sample.reused && flight_->sample.first_byte == measure::never;
  if (orderly && in_body_ && decoder_.end_of_input())
    flight_->answered(at);
  else
    flight_->end(orderly && flight_->sample.first_byte != measure::never ? Ending::truncated : Ending::reset, at);
  left_ = {};
  landed.push_back(std::exchange(flight_, nullptr));
}

bool Http1Talk::give_up(Flight&) {
  flight_ = nullptr;
  left_ = {};
  body_left_ = usable_ = false;
  return false;
}

}  // namespace

std::unique_ptr<Talk> http1_talk(measure::Recorder& recorder) { return std::make_unique<Http1Talk>(recorder); }

}  // namespace loadtest::drive
