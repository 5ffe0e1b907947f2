#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "loadtest/drive/talk.hpp"

namespace loadtest::drive {
namespace {

// What one write carries at most.
constexpr std::size_t enough_output = 64 << 10;
constexpr std::uint32_t first_window = 65'535;  // of every connection

class Http2Talk final : public Talk {
 public:
  Http2Talk(measure::Recorder& recorder, unsigned streams, Http2Windows windows);
  ~Http2Talk() override { nghttp2_session_del(session_); }
  Http2Talk(const Http2Talk&) = delete;
  Http2Talk& operator=(const Http2Talk&) = delete;

  std::size_t room() const noexcept override;
  bool goes_on() const noexcept override { return usable_; }
  std::size_t flying() const noexcept override { return flying_.size(); }

  bool begin(Flight& flight) override;
  std::span<const char> output() override;
  void wrote(std::size_t bytes) override;
  void received(std::span<const char> bytes, Nanoseconds at, Landed& landed) override;
  void ended(bool orderly, Nanoseconds at, Landed& landed) override;
  bool give_up(Flight& flight) override;

 private:
  struct Callbacks;
  static const nghttp2_session_callbacks* callbacks();
  static const nghttp2_option* options();

  Flight* flight_of(std::int32_t stream) const noexcept {
    return static_cast<Flight*>(nghttp2_session_get_stream_user_data(session_, stream));
  }
  void add(Flight& flight) {
    flight.place = flying_.size();
    flying_.push_back(&flight);
  }
  void remove(Flight& flight) noexcept {
    flying_.back()->place = flight.place;
    flying_[flight.place] = flying_.back();
    flying_.pop_back();
  }
  void fill();
  void closed(Flight& flight, std::uint32_t error);
  void end_all(Ending ending, Nanoseconds at, Landed& landed);

  measure::Recorder& recorder_;
  const unsigned streams_;
  nghttp2_session* session_ = nullptr;
  std::vector<Flight*> flying_;
  std::string out_;
  std::size_t written_ = 0;
  Nanoseconds at_ = 0;        ///< when what is read now came
  Landed* landed_ = nullptr;  ///< where those go that land meanwhile
  bool usable_ = true;
};

/// What nghttp2 reports, from inside its frames.
struct Http2Talk::Callbacks {
  static Http2Talk& talk(void* self) noexcept { return *static_cast<Http2Talk*>(self); }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    auto* flight = talk(self).flight_of(frame->hd.stream_id);
    if (flight != nullptr && flight->sample.first_byte == measure::never) flight->sample.first_byte = talk(self).at_;
    return 0;
  }

  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* self) {
    constexpr std::string_view timing = "server-timing";
    if (name_size == timing.size() && std::memcmp(name, timing.data(), timing.size()) == 0) {
      const auto* flight = talk(self).flight_of(frame->hd.stream_id);
      if (flight != nullptr && flight->timing != nullptr && !flight->sample.warm_up)
        flight->timing->take({reinterpret_cast<const char*>(value), value_size});
      return 0;
    }
    // nghttp2 has seen to it that pseudo-fields come first, and that this one is three digits.
    if (name_size != 7 || name[0] != ':' || value_size != 3) return 0;
    if (auto* flight = talk(self).flight_of(frame->hd.stream_id))
      flight->sample.status = static_cast<std::uint16_t>((value[0] - '0') * 100 + (value[1] - '0') * 10 + (value[2] - '0'));
    return 0;
  }

  static int data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size, void* self) {
    auto* flight = talk(self).flight_of(stream);
    if (flight == nullptr) return 0;
    flight->sample.bytes_in += size;
    flight->take_body({reinterpret_cast<const char*>(data), size}, talk(self).at_, talk(self).recorder_);
    return 0;
  }

  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      talk(self).usable_ = false;
    } else if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
               (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      if (auto* flight = talk(self).flight_of(frame->hd.stream_id)) flight->whole = true;
    }
    return 0;
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
    if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
      return 0;
    if (auto* flight = talk(self).flight_of(frame->hd.stream_id)) flight->written_out = true;
    return 0;
  }

  static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* self) {
    if (auto* flight = talk(self).flight_of(frame->hd.stream_id)) flight->sample.ending = Ending::malformed;
    return 0;
  }

  static int stream_closed(nghttp2_session* session, std::int32_t stream, std::uint32_t error, void* self) {
    auto* flight = talk(self).flight_of(stream);
    nghttp2_session_set_stream_user_data(session, stream, nullptr);
    if (flight != nullptr) talk(self).closed(*flight, error);
    return 0;
  }

  static ssize_t body(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room, std::uint32_t* flags,
                      nghttp2_data_source* source, void*) {
    auto& flight = *static_cast<Flight*>(source->ptr);
    const auto& whole = *flight.prepared->whole_body;
    const std::size_t size = std::min(room, whole.size() - flight.body_sent);
    whole.copy(reinterpret_cast<char*>(into), size, flight.body_sent);
    flight.body_sent += size;
    flight.sample.bytes_out += size;
    if (flight.body_sent == whole.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  }
};

/// Made once, never freed: shared by all sessions.
const nghttp2_session_callbacks* Http2Talk::callbacks() {
  static nghttp2_session_callbacks* const shared = [] {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, &Callbacks::begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(made, &Callbacks::header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &Callbacks::data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, &Callbacks::frame_received);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, &Callbacks::frame_sent);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, &Callbacks::invalid_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, &Callbacks::stream_closed);
    return made;
  }();
  return shared;
}

const nghttp2_option* Http2Talk::options() {
  static nghttp2_option* const shared = [] {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_closed_streams(made, 1);
    return made;
  }();
  return shared;
}

Http2Talk::Http2Talk(measure::Recorder& recorder, unsigned streams, Http2Windows windows)
    : recorder_(recorder), streams_(streams) {
  if (nghttp2_session_client_new2(&session_, callbacks(), this, options()) != 0) throw std::bad_alloc();
  const std::array<nghttp2_settings_entry, 2> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, windows.stream},
  }};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  if (windows.connection > first_window)
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(windows.connection));
}

std::size_t Http2Talk::room() const noexcept {
  if (!usable_ || nghttp2_session_check_request_allowed(session_) == 0) return 0;
  const auto peer = nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  const std::size_t most = std::min<std::size_t>(streams_, peer);
  return most > flying_.size() ? most - flying_.size() : 0;
}

bool Http2Talk::begin(Flight& flight) {
  nghttp2_data_provider body{};
  body.source.ptr = &flight;
  body.read_callback = &Callbacks::body;
  const auto& prepared = *flight.prepared;
  flight.stream = nghttp2_submit_request(session_, nullptr, prepared.fields.data(), prepared.fields.size(),
                                         prepared.whole_body ? &body : nullptr, &flight);
  flight.sample.bytes_out = 0;
  // No ids are left: the connection is used up.
  if (flight.stream < 0) return usable_ = false;
  add(flight);
  return true;
}

std::span<const char> Http2Talk::output() {
  if (written_ == out_.size()) fill();
  return std::string_view(out_).substr(written_);
}

void Http2Talk::fill() {
  out_.erase(0, std::exchange(written_, 0));
  while (out_.size() < enough_output) {
    const std::uint8_t* frame = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &frame);
    if (size <= 0) break;
    out_.append(reinterpret_cast<const char*>(frame), static_cast<std::size_t>(size));
  }
}

void Http2Talk::wrote(std::size_t bytes) { written_ += bytes; }

void Http2Talk::received(std::span<const char> bytes, Nanoseconds at, Landed& landed) {
  at_ = at;
  landed_ = &landed;
  const auto used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  // A stream that we reset ends when nghttp2 says so, and that is now.
  fill();
  landed_ = nullptr;
  if (used >= 0 && nghttp2_session_want_read(session_) != 0) return;
  // Either all is said behind a GOAWAY, or nghttp2 has met something that is not HTTP/2 and told the peer so.
  end_all(Ending::malformed, at, landed);
}

void Http2Talk::closed(Flight& flight, std::uint32_t error) {
  // Our reset of it waited behind much else: who gives it up finds it here.
  if (landed_ == nullptr) return;
  remove(flight);
  if (error == NGHTTP2_REFUSED_STREAM && flight.sample.first_byte == measure::never) flight.refused = true;
  if (flight.sample.ending == Ending::malformed)
    flight.end(Ending::malformed, at_);
  else if (flight.whole)
    flight.answered(at_);
  else
    flight.end(Ending::reset, at_);
  landed_->push_back(&flight);
}

void Http2Talk::end_all(Ending ending, Nanoseconds at, Landed& landed) {
  usable_ = false;
  for (auto* flight : flying_) {
    nghttp2_session_set_stream_user_data(session_, flight->stream, nullptr);
    const bool begun = flight->sample.first_byte != measure::never;
    flight->end(ending == Ending::truncated && !begun ? Ending::reset : ending, at);
    landed.push_back(flight);
  }
  flying_.clear();
}

void Http2Talk::ended(bool orderly, Nanoseconds at, Landed& landed) {
  end_all(orderly ? Ending::truncated : Ending::reset, at, landed);
}

bool Http2Talk::give_up(Flight& flight) {
  nghttp2_session_set_stream_user_data(session_, flight.stream, nullptr);
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, flight.stream, NGHTTP2_CANCEL);
  remove(flight);
  return usable_;
}

}  // namespace

std::unique_ptr<Talk> http2_talk(measure::Recorder& recorder, unsigned streams, Http2Windows windows) {
  return std::make_unique<Http2Talk>(recorder, streams, windows);
}

}  // namespace loadtest::drive
