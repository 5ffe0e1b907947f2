#include "gateway/http/h2/session.hpp"

#include <utility>
#include <vector>

#include "gateway/http/h2/field_list.hpp"

namespace gw::http::h2 {
namespace {

using net::Code;
using net::Failure;
using net::Retry;

// Rule 63: a head of 64 KiB in frames of 16 KiB needs three.
constexpr std::size_t most_continuations = 8;
// Rule 66: control frames that a peer makes us send and does not read.
constexpr std::size_t most_unsent_acks = 1'000;

std::string_view view(const std::uint8_t* data, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(data), size};
}

// Of `most_unsent` bytes each: a socket that takes everything must not keep the worker to itself.
constexpr unsigned sends_a_turn = 4;

// Texts for what is on its way out: a connection with nothing to send has none.
std::vector<std::string>& spare_texts() {
  constexpr std::size_t kept = 32;
  thread_local std::vector<std::string> texts = [] {
    std::vector<std::string> made;
    made.reserve(kept);
    return made;
  }();
  return texts;
}

}  // namespace

struct Session::Callbacks {
  static Session& of(void* user) noexcept { return *static_cast<Session*>(user); }
  static StreamBase& of(const nghttp2_data_source* source) noexcept { return *static_cast<StreamBase*>(source->ptr); }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user) {
    of(user).on_frame_begin(*header);
    return 0;
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return of(user).on_fields_begin(*frame);
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    return of(user).on_field(*frame, view(name, name_size), view(value, value_size));
  }
  // Without this nghttp2 would drop such a field and let the rest through.
  static int invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t, const std::uint8_t*,
                            std::size_t, std::uint8_t, void* user) {
    of(user).on_bad_field();
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int frame(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_frame(*frame); }
  static int invalid_frame(nghttp2_session*, const nghttp2_frame*, int, void* user) {
    of(user).on_invalid();
    return 0;
  }
  // Of a kind that nobody knows: told where it begins, dropped where it ends.
  static int unknown_frame(nghttp2_session*, void**, const nghttp2_frame_hd*, void*) { return NGHTTP2_ERR_CANCEL; }
  static int data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user) {
    auto& session = of(user);
    try {
      if (auto* stream = session.find(id))
        stream->received(view(bytes, size));
      else
        nghttp2_session_consume_connection(session.session_, size);
      return 0;
    } catch (...) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }
  static int closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    of(user).close(id, error);
    return 0;
  }
  static int sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    of(user).on_sent(*frame);
    return 0;
  }

  static ssize_t read_data(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source* source, void*) {
    const auto offer = of(source).offer(room);
    if (offer.wait) return NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (offer.end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (offer.trailers != nullptr) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      try {
        const auto& list = field_list(*offer.trailers);
        nghttp2_submit_trailer(session, id, list.data(), list.size());
      } catch (...) {
        return NGHTTP2_ERR_CALLBACK_FAILURE;
      }
    }
    return static_cast<ssize_t>(offer.size);
  }
  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    constexpr std::size_t header_size = 9;
    try {
      auto& out = of(user).out_;
      out.append(view(header, header_size));
      of(source).hand_over(size, out);
      return 0;
    } catch (...) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  /// Made once, never freed: every session copies them.
  static const nghttp2_session_callbacks* all() noexcept {
    static const nghttp2_session_callbacks* const made = [] {
      nghttp2_session_callbacks* all = nullptr;
      if (nghttp2_session_callbacks_new(&all) != 0) return all;
      nghttp2_session_callbacks_set_on_begin_frame_callback(all, begin_frame);
      nghttp2_session_callbacks_set_on_begin_headers_callback(all, begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(all, header);
      nghttp2_session_callbacks_set_on_invalid_header_callback(all, invalid_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(all, frame);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(all, invalid_frame);
      nghttp2_session_callbacks_set_unpack_extension_callback(all, unknown_frame);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, data);
      nghttp2_session_callbacks_set_on_stream_close_callback(all, closed);
      nghttp2_session_callbacks_set_on_frame_send_callback(all, sent);
      nghttp2_session_callbacks_set_send_data_callback(all, send_data);
      return all;
    }();
    return made;
  }

  static const nghttp2_option* options() noexcept {
    static const nghttp2_option* const made = [] {
      nghttp2_option* option = nullptr;
      if (nghttp2_option_new(&option) != 0) return option;
      // Credit is back-pressure: it goes out when somebody has read, not when bytes arrive.
      nghttp2_option_set_no_auto_window_update(option, 1);
      // It would remember as many as may be open, a quarter of a kilobyte each.
      nghttp2_option_set_no_closed_streams(option, 1);
      nghttp2_option_set_max_continuations(option, most_continuations);
      nghttp2_option_set_max_outbound_ack(option, most_unsent_acks);
      // Ours is the bucket that counts resets, of both directions (rules 61 and 62).
      nghttp2_option_set_stream_reset_rate_limit(option, 1'000'000, 1'000'000);
      // Otherwise nobody is told of frames of other kinds, as many as there may be.
      for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= 0xFF; ++type)
        nghttp2_option_set_user_recv_extension_type(option, static_cast<std::uint8_t>(type));
      return option;
    }();
    return made;
  }
};

nghttp2_data_provider Session::provider_of(StreamBase& stream) noexcept {
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = Callbacks::read_data;
  return provider;
}

Session::~Session() { nghttp2_session_del(session_); }

bool Session::begin(Role role, std::span<const nghttp2_settings_entry> settings) {
  const auto* callbacks = Callbacks::all();
  const auto* options = Callbacks::options();
  if (callbacks == nullptr || options == nullptr) return false;
  auto memory = memory_.functions();
  const int made = role == Role::server ? nghttp2_session_server_new3(&session_, callbacks, this, options, &memory)
                                        : nghttp2_session_client_new3(&session_, callbacks, this, options, &memory);
  if (made != 0) return false;
  memory_.complete();
  if (nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) != 0) return false;
  if (nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window) != 0) return false;
  soon();
  return true;
}

bool Session::feed(std::size_t size) {
  const auto input = stream_.input().first(size);
  if (over_ || input.empty()) return !over_;
  const auto used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  if (used < 0) {
    // Not HTTP/2 at all, a flood, or no memory.
    nghttp2_session_terminate_session(
        session_, used == NGHTTP2_ERR_BAD_CLIENT_MAGIC ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
    speak();
    over_ = true;
    return false;
  }
  stream_.consume(static_cast<std::size_t>(used));
  resume_woken();
  soon();
  return true;
}

void Session::speak() noexcept {
  if (over_) return;
  collect();
  soon();
}

void Session::collect() noexcept {
  if (over_) return;
  auto& spare = spare_texts();
  if (out_.empty() && !spare.empty()) {
    out_.swap(spare.back());
    spare.pop_back();
  }
  while (!clogged()) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) return fail();
    if (size == 0) return;
    out_.append(view(bytes, static_cast<std::size_t>(size)));
  }
}

void Session::resume_woken() {
  while (!woken_.empty()) {
    StreamBase& stream = woken_.front();
    woken_.pop_front();
    stream.resume();
  }
}

void Session::ready(std::uint32_t) noexcept {
  on_turn();
  bool more = true;
  for (unsigned round = 0; more && round != sends_a_turn; ++round) {
    do {
      resume_woken();
      collect();
    } while (!woken_.empty());
    more = clogged();
    send();
  }
  // It took all of it: the rest has its turn when the others have had theirs.
  if (more && !sending_) soon();
  if (children_ == 0) quiet_.notify();
}

void Session::send() noexcept {
  if (broken_ || sending_) return;
  std::size_t at = 0;
  while (at != out_.size()) {
    const auto n = stream_.write_now({{}, std::span<const char>(out_).subspan(at), {}});
    if (!n) return fail();
    if (*n == 0) break;
    at += *n;
  }
  if (at != out_.size()) {
    out_.erase(0, at);
    sending_ = true;
    child_began();
    return stream_.worker().spawn(send_rest());
  }
  out_.clear();
  auto& spare = spare_texts();
  if (spare.size() < spare.capacity()) spare.emplace_back().swap(out_);
  std::string().swap(out_);
  if (!over_ && said_all()) {
    over_ = true;
    on_over();
  }
  if (over_ && !std::exchange(shut_, true)) stream_.shutdown_send();
}

net::Task<> Session::send_rest() {
  std::string now;
  while (!broken_ && !out_.empty()) {
    now.clear();
    now.swap(out_);
    stream_.write_deadline(write_patience());
    const auto sent = co_await stream_.write(net::Stream::Pieces{{}, now, {}});
    stream_.no_write_deadline();
    if (!sent) {
      fail();
      break;
    }
    resume_woken();
    collect();
  }
  sending_ = false;
  child_ended();
  // Last words may have been among it.
  soon();
}

void Session::child_ended() noexcept {
  --children_;
  // Through the loop: whoever waits destroys the session.
  if (children_ == 0 && quiet_.waiting()) soon();
}

net::Task<> Session::quiet() {
  while (children_ != 0) co_await quiet_.wait();
}

bool Session::said_all() const noexcept {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

void Session::fail() noexcept {
  over_ = broken_ = true;
  out_.clear();
  // Not in order: what the socket holds would stay in the kernel for as long as the peer does not read it.
  stream_.reset();
}

void Session::terminate(std::uint32_t error) noexcept {
  if (over_) return;
  nghttp2_session_terminate_session(session_, error);
  soon();
}

void Session::break_all(Failure failure) noexcept {
  over_ = true;
  while (!open_.empty()) {
    const boost::intrusive_ptr<StreamBase> stream(&open_.front(), false);
    open_.pop_front();
    stream->closed(failure);
  }
  soon();
}

void Session::consumed(StreamBase& stream, std::size_t n) noexcept {
  if (over_ || n == 0) return;
  if (stream.open_hook.is_linked())
    nghttp2_session_consume(session_, stream.id(), n);
  else
    nghttp2_session_consume_connection(session_, n);
  soon();
}

void Session::resume(StreamBase& stream) noexcept {
  if (over_) return;
  nghttp2_session_resume_data(session_, stream.id());
  speak();
}

void Session::reset(StreamBase& stream, std::uint32_t error) noexcept {
  if (over_ || !stream.open_hook.is_linked()) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id(), error);
  soon();
}

void Session::wake(StreamBase& stream) noexcept {
  if (!stream.is_linked()) woken_.push_back(stream);
  soon();
}

std::uint8_t Session::field_flags() const noexcept {
  // Ahead of a new HEADERS frame stand at most the acknowledgements and window updates that nghttp2 holds back: 25 KiB.
  const bool at_once = out_.size() <= most_unsent / 2;
  return at_once ? NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE : NGHTTP2_NV_FLAG_NONE;
}

void Session::opened(StreamBase& stream, std::int32_t id) {
  stream.opened(id);
  nghttp2_session_set_stream_user_data(session_, id, &stream);
  intrusive_ptr_add_ref(&stream);
  open_.push_back(stream);
}

StreamBase* Session::find(std::int32_t id) const noexcept {
  return static_cast<StreamBase*>(nghttp2_session_get_stream_user_data(session_, id));
}

void Session::close(std::int32_t id, std::uint32_t error) noexcept {
  auto* found = find(id);
  if (found == nullptr) return;
  const boost::intrusive_ptr<StreamBase> stream(found, false);
  nghttp2_session_set_stream_user_data(session_, id, nullptr);
  stream->open_hook.unlink();
  // What it holds unread counts against the window of all.
  if (stream->unread() != 0) nghttp2_session_consume_connection(session_, stream->unread());
  on_closed(*stream, error);
}

}  // namespace gw::http::h2
