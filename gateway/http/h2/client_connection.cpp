#include "gateway/http/h2/client_connection.hpp"

#include <array>
#include <utility>

#include "gateway/http/h2/field_list.hpp"

namespace gw::http::h2 {
namespace {

using net::Code;
using net::Failure;
using net::Result;
using net::Retry;
using net::Side;
using net::Task;

/// One exchange of a shared connection, as whoever forwards holds it.
class Lease final : public http::ClientConnection {
 public:
  Lease(std::shared_ptr<h2::ClientConnection> connection, const ClientTimeouts& timeouts)
      : connection_(std::move(connection)), stream_(new ClientStream(*connection_, timeouts)) {}
  ~Lease() override {
    stream_->abort();
    connection_->released();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  UpstreamSide& exchange() override { return *stream_; }
  bool reusable() const noexcept override { return false; }
  std::unique_ptr<net::Stream> take_stream() override { return nullptr; }
  net::Stream& stream() noexcept override { return connection_->transport(); }

 private:
  std::shared_ptr<h2::ClientConnection> connection_;
  boost::intrusive_ptr<ClientStream> stream_;
};

}  // namespace

ClientConnection::ClientConnection(std::unique_ptr<net::Stream> stream, net::Duration idle)
    : Session(*stream), owned_(std::move(stream)), idle_timer_(*this), idle_(idle) {
  const std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(ResponseRules{}.head_bytes)},
  }};
  if (!begin(Role::client, settings)) ended_ = true;
  // An upstream that vanished is not noticed otherwise while its streams are silent.
  owned_->keep_alive();
}

ClientConnection::~ClientConnection() = default;

void ClientConnection::start() { owned_->worker().spawn(run(shared_from_this())); }

// The last to let go of it: whoever has an exchange is resumed by the connection, and may give up everything he holds meanwhile.
Task<> ClientConnection::run(std::shared_ptr<ClientConnection> self) {
  co_await self->read();
  co_await self->quiet();
  self->owned_->close();
}

Task<> ClientConnection::read() {
  while (!ended_) {
    while (owned_->input().empty() && owned_->fetch() == net::Stream::Fetched::nothing) co_await owned_->arrival();
    heard_ = deadlines().now();
    const bool lost = owned_->input().empty() && owned_->ended();
    if (lost || !feed(owned_->input().size())) ended_ = true;
    take_settings();
  }
  idle_timer_.clear();
  take_settings();
  break_all({Code::closed, Side::upstream, Retry::if_reused});
}

void ClientConnection::on_over() noexcept {
  ended_ = true;
  // Wakes `run`, which ends.
  owned_->close();
}

std::unique_ptr<http::ClientConnection> ClientConnection::exchange(const ClientTimeouts& timeouts) {
  if (ended_ || parting_ || deserted_ || nghttp2_session_check_request_allowed(raw()) == 0) return nullptr;
  if (leases_ >= nghttp2_session_get_remote_settings(raw(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)) return nullptr;
  ++leases_;
  child_began();
  idle_timer_.clear();
  return std::make_unique<Lease>(shared_from_this(), timeouts);
}

void ClientConnection::released() noexcept {
  if (--leases_ == 0 && deserted_)
    part();
  else if (leases_ == 0 && !ended_)
    idle_timer_.expires_in(idle_);
  child_ended();
}

void ClientConnection::unanswered(net::Clock::time_point since) noexcept {
  // Those that are on it already may hope; the GOAWAY comes behind the last of them.
  if (heard_ <= since) deserted_ = true;
}

void ClientConnection::part() noexcept {
  if (ended_ || std::exchange(parting_, true)) return;
  nghttp2_submit_goaway(raw(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  soon();
}

Result<void> ClientConnection::open(ClientStream& stream, const RequestHead& head, bool end) noexcept {
  if (ended_) return Failure{Code::closed, Side::upstream, Retry::always};
  const auto& list = field_list(head, "http", field_flags());
  const auto provider = provider_of(stream);
  const auto id = nghttp2_submit_request(raw(), nullptr, list.data(), list.size(), end ? nullptr : &provider, &stream);
  if (id < 0) return Failure{Code::reset, Side::upstream, Retry::always};
  opened(stream, id);
  return {};
}

bool ClientConnection::takes_websockets() const noexcept {
  return !ended_ && nghttp2_session_get_remote_settings(raw(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

void ClientConnection::wait_for_settings(ClientStream& stream) { waiting_.emplace_back(&stream); }

void ClientConnection::take_settings() {
  if (!knows_settings()) return;
  for (const auto& stream : std::exchange(waiting_, {})) stream->resume();
}

ClientStream* ClientConnection::stream_of(const nghttp2_frame& frame) noexcept {
  return static_cast<ClientStream*>(find(frame.hd.stream_id));
}

// The upstream did not keep to the rules: its stream ends, and who waits for it is told why.
int ClientConnection::broken(ClientStream& stream, Failure failure) noexcept {
  nghttp2_submit_rst_stream(raw(), NGHTTP2_FLAG_NONE, stream.id(), NGHTTP2_PROTOCOL_ERROR);
  stream.closed(failure);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int ClientConnection::on_fields_begin(const nghttp2_frame& frame) noexcept {
  auto* stream = stream_of(frame);
  if (stream == nullptr) return 0;
  try {
    if (stream->has_final_head())
      reader_.begin_trailers(stream->trailers());
    else
      reader_.begin(stream->incoming());
    return 0;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int ClientConnection::on_field(const nghttp2_frame& frame, std::string_view name, std::string_view value) noexcept {
  auto* stream = stream_of(frame);
  if (stream == nullptr) return 0;
  try {
    const auto taken = stream->has_final_head() ? reader_.trailer(stream->trailers(), name, value)
                                                : reader_.field(stream->incoming(), name, value);
    return taken ? 0 : broken(*stream, taken.error());
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int ClientConnection::on_frame(const nghttp2_frame& frame) noexcept {
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.hd.type == NGHTTP2_SETTINGS && (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) settings_here_ = true;
  // An upstream that has not read our SETTINGS yet may still push.
  if (frame.hd.type == NGHTTP2_PUSH_PROMISE)
    nghttp2_submit_rst_stream(raw(), NGHTTP2_FLAG_NONE, frame.push_promise.promised_stream_id, NGHTTP2_CANCEL);
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  auto* stream = stream_of(frame);
  if (stream == nullptr) return 0;
  try {
    if (frame.hd.type == NGHTTP2_HEADERS && !stream->has_final_head()) {
      auto& head = stream->incoming();
      if (const auto whole = reader_.finish(head, stream->expected(), end); !whole) {
        broken(*stream, whole.error());
        return 0;
      }
      stream->head_is_here(!head.interim());
    }
    if (end) stream->received_end();
    return 0;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

void ClientConnection::on_closed(StreamBase& stream, std::uint32_t error) noexcept {
  if (error == NGHTTP2_NO_ERROR && stream.peer_ended()) return stream.closed(std::nullopt);
  // A stream that was refused, or that stands behind a GOAWAY, has had no effect (RFC 9113 §8.7, rule 45).
  const auto retry = error == NGHTTP2_REFUSED_STREAM ? Retry::always : Retry::never;
  stream.closed(Failure{error == NGHTTP2_NO_ERROR ? Code::truncated : Code::reset, Side::upstream, retry});
}

}  // namespace gw::http::h2

namespace gw::http {

std::shared_ptr<SharedConnection> h2_client(std::unique_ptr<net::Stream> stream, net::Duration idle) {
  auto connection = std::make_shared<h2::ClientConnection>(std::move(stream), idle);
  connection->start();
  return connection;
}

}  // namespace gw::http
