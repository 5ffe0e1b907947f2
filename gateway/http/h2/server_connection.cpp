#include "gateway/http/h2/server_connection.hpp"

#include <nghttp2/nghttp2.h>

#include <unordered_map>

#include "gateway/http/h2/header_block.hpp"
#include "gateway/http/h2/server_stream.hpp"

namespace gw::http::h2 {
namespace {

using StreamHandle = std::shared_ptr<ServerStream>;

// One connection. Reading happens in `read`, writing in one `write` coroutine of its own, so that streams and
// acknowledgements share the transport; each stream's handler runs in its own coroutine. `run` outlives all of them.
class Connection final : public StreamOwner, public Stopper {
 public:
  Connection(std::unique_ptr<net::Stream> stream, Handler& handler, ConnectionInfo info)
      : stream_(std::move(stream)), handler_(handler), info_(std::move(info)) {}
  ~Connection() {
    *handle_ = nullptr;
    nghttp2_session_del(session_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  net::Task<> run();

  net::Result<void> send_head(ServerStream& stream, const ResponseHead& head, bool end) noexcept override;
  void resume(ServerStream& stream) noexcept override;
  void send_trailers(ServerStream& stream, const Fields& trailers) noexcept override;
  void credit(ServerStream& stream, std::size_t n) noexcept override;
  void reset(ServerStream& stream) noexcept override;
  void stop(bool now) noexcept override;

 private:
  static constexpr std::size_t flush_size = 64 * 1024;
  static constexpr std::uint32_t most_streams = 100;
  static constexpr std::uint32_t most_field_bytes = 32 * 1024;

  bool open_session();
  net::Task<> read();
  net::Task<> write();
  net::Task<> answer(StreamHandle stream);
  bool collect();
  void wake_writer();
  void child_ended();

  // What nghttp2 reports. Nothing may throw through its C frames: these catch everything.
  int began(std::int32_t id) noexcept;
  int field(std::int32_t id, std::string_view name, std::string_view value) noexcept;
  int headers_ended(const nghttp2_frame* frame) noexcept;
  int data(std::int32_t id, std::string_view bytes) noexcept;
  void ended(std::int32_t id, std::uint32_t error) noexcept;
  ServerStream* find(std::int32_t id) noexcept;
  friend struct Callbacks;

  std::unique_ptr<net::Stream> stream_;
  Handler& handler_;
  ConnectionInfo info_;
  nghttp2_session* session_ = nullptr;
  std::unordered_map<std::int32_t, StreamHandle> streams_;
  std::vector<StreamHandle> sent_;  ///< streams with bytes in the write under way
  std::string out_;
  std::shared_ptr<Connection*> handle_ = std::make_shared<Connection*>(this);
  net::Waiter writer_;
  net::Waiter finished_;
  std::size_t children_ = 0;
  bool over_ = false;
};

struct Callbacks {
  static Connection& of(void* user) { return *static_cast<Connection*>(user); }
  static std::string_view view(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
  }
  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return frame->hd.type == NGHTTP2_HEADERS ? of(user).began(frame->hd.stream_id) : 0;
  }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    return of(user).field(frame->hd.stream_id, view(name, name_size), view(value, value_size));
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).headers_ended(frame); }
  static int data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size,
                        void* user) {
    return of(user).data(id, view(bytes, size));
  }
  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t error, void* user) {
    of(user).ended(id, error);
    return 0;
  }
  static ssize_t read_data(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source*, void* user) {
    auto& connection = of(user);
    auto* stream = connection.find(id);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    const auto piece = stream->take(reinterpret_cast<char*>(to), room);
    if (piece.wait) return NGHTTP2_ERR_DEFERRED;
    if (piece.end) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (piece.trailers) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    connection.sent_.push_back(stream->shared_from_this());
    return static_cast<ssize_t>(piece.size);
  }
};

bool Connection::open_session() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_option* option = nullptr;
  if (nghttp2_session_callbacks_new(&callbacks) != 0) return false;
  if (nghttp2_option_new(&option) != 0) return nghttp2_session_callbacks_del(callbacks), false;
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, Callbacks::begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, Callbacks::header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, Callbacks::frame_received);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, Callbacks::data_chunk);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_closed);
  // Credit is back-pressure: it goes out when a handler has read, not when bytes arrive.
  nghttp2_option_set_no_auto_window_update(option, 1);
  const int made = nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  if (made != 0) return false;
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams},
                                             {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, most_field_bytes}};
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0;
}

net::Task<> Connection::run() {
  if (!open_session()) co_return;
  children_ = 1;
  stream_->worker().spawn(write());
  co_await read();
  over_ = true;
  const auto left = streams_;
  streams_.clear();
  for (const auto& [id, stream] : left) stream->closed(false);
  wake_writer();
  while (children_ != 0) co_await finished_.wait();
  stream_->close();
}

net::Task<> Connection::read() {
  while (nghttp2_session_want_read(session_) != 0 || nghttp2_session_want_write(session_) != 0) {
    const auto input = stream_->input();
    if (!input.empty()) {
      const auto used = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
      if (used < 0) co_return;
      stream_->consume(static_cast<std::size_t>(used));
      wake_writer();
    }
    const auto more = co_await stream_->more();
    if (!more) co_return;
  }
}

bool Connection::collect() {
  out_.clear();
  while (out_.size() < flush_size) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) return false;
    if (size == 0) break;
    out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return true;
}

net::Task<> Connection::write() {
  for (;;) {
    if (!collect()) break;
    if (out_.empty()) {
      if (over_) break;
      // Nothing to write and nothing to read any more: a GOAWAY has had its effect.
      if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) break;
      co_await writer_.wait();
      continue;
    }
    const auto sent = co_await stream_->write(net::Stream::Pieces{{out_.data(), out_.size()}, {}, {}});
    if (!sent) break;
    std::vector<StreamHandle> flushed;
    flushed.swap(sent_);
    for (const auto& stream : flushed) stream->flushed();
  }
  // Without a writer nothing goes on; closing wakes the reader.
  stream_->close();
  child_ended();
}

void Connection::wake_writer() {
  // Through the loop: this is called from inside nghttp2 and from handlers, where resuming at once would re-enter both. Two
  // wakes may be under way when the first one ends the connection, hence the handle.
  if (!writer_.waiting()) return;
  net::asio::post(stream_->worker().executor(), [handle = handle_] {
    if (*handle != nullptr) (*handle)->writer_.notify();
  });
}

void Connection::child_ended() {
  if (--children_ == 0) finished_.notify();
}

net::Task<> Connection::answer(StreamHandle stream) {
  try {
    co_await handler_.handle(*stream, stream->request(), info_);
  } catch (...) {
    // A bug of ours must not take the other streams down; the peer sees INTERNAL_ERROR.
    stream->abort();
  }
  if (!stream->answered()) stream->abort();
  child_ended();
}

ServerStream* Connection::find(std::int32_t id) noexcept {
  const auto at = streams_.find(id);
  return at == streams_.end() ? nullptr : at->second.get();
}

int Connection::began(std::int32_t id) noexcept {
  try {
    if (find(id) == nullptr) streams_.emplace(id, std::make_shared<ServerStream>(*this, stream_->worker().executor(), id));
    return 0;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int Connection::field(std::int32_t id, std::string_view name, std::string_view value) noexcept {
  try {
    auto* stream = find(id);
    if (stream == nullptr) return 0;
    // Counted while they are decoded, since nghttp2 leaves that to us: one byte on the wire may be a whole field (rule 64).
    stream->field_bytes += name.size() + value.size() + 32;
    if (stream->field_bytes > most_field_bytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (stream->head_seen) return stream->trailers().add(name, value), 0;
    return add_field(stream->request(), name, value) ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int Connection::headers_ended(const nghttp2_frame* frame) noexcept {
  const bool data_frame = frame->hd.type == NGHTTP2_DATA;
  if (!data_frame && frame->hd.type != NGHTTP2_HEADERS) return 0;
  const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  try {
    const auto at = streams_.find(frame->hd.stream_id);
    if (at == streams_.end()) return 0;
    const StreamHandle stream = at->second;
    if (end) stream->received_end();
    if (data_frame || stream->head_seen) return 0;
    stream->head_seen = true;
    if (!finish_head(stream->request(), end)) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id(), NGHTTP2_PROTOCOL_ERROR);
      return 0;
    }
    ++children_;
    stream_->worker().spawn(answer(stream));
    return 0;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int Connection::data(std::int32_t id, std::string_view bytes) noexcept {
  try {
    auto* stream = find(id);
    if (stream == nullptr)
      nghttp2_session_consume_connection(session_, bytes.size());
    else
      stream->received(bytes);
    return 0;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

void Connection::ended(std::int32_t id, std::uint32_t error) noexcept {
  const auto at = streams_.find(id);
  if (at == streams_.end()) return;
  const StreamHandle stream = at->second;
  streams_.erase(at);
  // What nobody will read must not eat the connection's window for ever.
  if (stream->unread() != 0) nghttp2_session_consume_connection(session_, stream->unread());
  stream->closed(error == NGHTTP2_NO_ERROR);
}

net::Result<void> Connection::send_head(ServerStream& stream, const ResponseHead& head, bool end) noexcept {
  if (over_) return net::Failure{net::Code::reset, net::Side::client, net::Retry::never};
  const auto status = std::to_string(head.status);
  std::string length;
  if (head.body.kind == BodySize::Kind::length)
    length = std::to_string(head.body.length);
  else if (head.length_stated)
    length = std::to_string(head.stated_length);
  const auto list = field_list(head, status, length);
  int result = 0;
  if (head.interim()) {
    result = nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id(), nullptr, list.data(), list.size(), nullptr);
  } else {
    nghttp2_data_provider provider{};
    provider.read_callback = Callbacks::read_data;
    result = nghttp2_submit_response(session_, stream.id(), list.data(), list.size(), end ? nullptr : &provider);
  }
  if (result != 0) return net::Failure{net::Code::internal, net::Side::gateway, net::Retry::never};
  wake_writer();
  return {};
}

void Connection::resume(ServerStream& stream) noexcept {
  if (over_) return;
  nghttp2_session_resume_data(session_, stream.id());
  wake_writer();
}

void Connection::send_trailers(ServerStream& stream, const Fields& trailers) noexcept {
  const auto list = field_list(trailers);
  nghttp2_submit_trailer(session_, stream.id(), list.data(), list.size());
}

void Connection::credit(ServerStream& stream, std::size_t n) noexcept {
  if (over_) return;
  if (find(stream.id()) == &stream) nghttp2_session_consume(session_, stream.id(), n);
  wake_writer();
}

void Connection::reset(ServerStream& stream) noexcept {
  if (over_) return;
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id(), NGHTTP2_INTERNAL_ERROR);
  wake_writer();
}

void Connection::stop(bool now) noexcept {
  if (now) return stream_->close();
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  wake_writer();
}

}  // namespace

net::Task<> serve(std::unique_ptr<net::Stream> stream, Handler& handler, ConnectionInfo connection) {
  return serve(std::move(stream), handler, std::move(connection), nullptr);
}

net::Task<> serve(std::unique_ptr<net::Stream> stream, Handler& handler, ConnectionInfo connection, Stopper** stopper) {
  Connection served(std::move(stream), handler, std::move(connection));
  if (stopper != nullptr) *stopper = &served;
  co_await served.run();
  if (stopper != nullptr) *stopper = nullptr;
}

}  // namespace gw::http::h2
