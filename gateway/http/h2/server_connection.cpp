#include "gateway/http/h2/server_connection.hpp"

#include <algorithm>
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

// Rule 66.
constexpr net::Duration acknowledge_within{10'000};
// Longer than any round trip; a client that does not answer our question loses what it sends behind the GOAWAY.
constexpr net::Duration goodbye_within{1'000};
constexpr std::array<std::uint8_t, 8> goodbye_ping{'g', 'o', 'o', 'd', 'b', 'y', 'e', '!'};
// As many as may be open at once, and once more for their successors.
constexpr std::size_t most_resets_kept = 256;
constexpr unsigned starts_a_turn = 8;

RequestRules rules_of(const Server& server, const ConnectionInfo& info) {
  RequestRules rules;
  rules.unsafe_names = server.settings().unsafe_names;
  rules.tls = info.tls;
  return rules;
}

}  // namespace

ServerConnection::ServerConnection(net::Stream& stream, Server& server, const ConnectionInfo& info)
    : Session(stream),
      server_(server),
      info_(info),
      reader_(rules_of(server, info)),
      guard_(server.now()),
      timer_(*this),
      acknowledge_by_(server.now() + acknowledge_within) {
  const RequestRules rules;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(rules.head_bytes)},
      {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
  };
  if (!begin(Role::server, settings)) phase_ = Phase::over;
  // Between two streams nothing else tells that a client is gone.
  stream.keep_alive();
  set_timer();
}

ServerConnection::~ServerConnection() = default;

bool ServerConnection::nothing_yet() noexcept {
  return stream().input().empty() && stream().fetch() == net::Stream::Fetched::nothing;
}

void ServerConnection::take_input() {
  if (stream().input().empty() && stream().ended()) {
    phase_ = Phase::over;
    return;
  }
  if (phase_ == Phase::ending) {
    stream().consume(stream().input().size());
    if (deadlines().now() > linger_until_) phase_ = Phase::over;
    stream().deadline(server_.settings().linger_step, Code::idle_timeout);
    return;
  }
  const auto arrived = stream().input().size();
  const auto good = order_.in_order(stream().input());
  if (!feed(good)) return on_over();
  if (good != arrived) terminate(NGHTTP2_STREAM_CLOSED);
  start_streams();
  if (!in_head_) head_by_ = never;
  set_timer();
}

void ServerConnection::start_streams() {
  // The others have their turn between: fifty bytes of a client's may be a connection to an app.
  for (unsigned started = 0; started != starts_a_turn && !starting_.empty(); ++started) {
    auto& stream = starting_.front();
    starting_.pop_front();
    child_began();
    // Its run may begin in a later turn, when the client has reset it already: the run has a reference from here on.
    intrusive_ptr_add_ref(static_cast<StreamBase*>(&stream));
    server_.worker().start(stream);
  }
  if (!starting_.empty()) soon();
}

Task<> ServerConnection::finished() {
  timer_.clear();
  break_all({Code::reset, Side::client, Retry::never});
  co_await quiet();
}

void ServerConnection::on_over() noexcept {
  if (phase_ != Phase::serving) return;
  phase_ = Phase::ending;
  timer_.clear();
  break_all({Code::reset, Side::client, Retry::never});
  linger_until_ = deadlines().now() + server_.settings().linger_total;
  stream().deadline(server_.settings().linger_step, Code::idle_timeout);
}

// ---- what the client is given ----

Result<void> ServerConnection::send_head(ServerStream& stream, const ResponseHead& head, bool end) noexcept {
  const ResponseWriting writing{server_.date(), stream.request().method == "HEAD", field_flags()};
  const auto& list = field_list(head, writing);
  const auto provider = provider_of(stream);
  const int sent =
      head.interim() ? nghttp2_submit_headers(raw(), NGHTTP2_FLAG_NONE, stream.id(), nullptr, list.data(), list.size(), nullptr)
                     : nghttp2_submit_response(raw(), stream.id(), list.data(), list.size(), end ? nullptr : &provider);
  if (sent < 0) return Failure{Code::internal, Side::gateway, Retry::never};
  return {};
}

void ServerConnection::drain() noexcept {
  if (phase_ != Phase::serving || std::exchange(draining_, true)) return;
  nghttp2_submit_shutdown_notice(raw());
  nghttp2_submit_ping(raw(), NGHTTP2_FLAG_NONE, goodbye_ping.data());
  goodbye_by_ = deadlines().now() + goodbye_within;
  set_timer();
  speak();
}

void ServerConnection::say_goodbye() noexcept {
  goodbye_by_ = never;
  if (std::exchange(parted_, true)) return;
  nghttp2_submit_goaway(raw(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(raw()), NGHTTP2_NO_ERROR, nullptr, 0);
  // Soon, not now: this is also called while a frame of the client's is being read.
  soon();
}

// ---- time ----

void ServerConnection::set_timer() noexcept {
  const auto now = deadlines().now();
  if (in_head_ && head_by_ == never) head_by_ = now + server_.settings().header;
  if (has_streams())
    idle_until_ = never;
  else if (idle_until_ == never)
    idle_until_ = now + server_.settings().idle;
  const auto next = std::min({acknowledge_by_, head_by_, idle_until_, goodbye_by_});
  // Set once for each: a client that sends a byte each time when it is due must not put it off.
  if (next == timer_at_) return;
  timer_at_ = next;
  if (next == never) return timer_.clear();
  timer_.expires_in(std::max(net::Duration(1), std::chrono::duration_cast<net::Duration>(next - now)));
}

void ServerConnection::time_is_up() noexcept {
  timer_at_ = never;
  if (phase_ != Phase::serving) return;
  const auto now = net::Clock::now();
  if (now >= acknowledge_by_) return terminate(NGHTTP2_SETTINGS_TIMEOUT);
  if (now >= head_by_) return terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  if (now >= goodbye_by_ || now >= idle_until_) say_goodbye();
  idle_until_ = never;
  set_timer();
}

// ---- what nghttp2 reports ----

// libnghttp2 lets a HEADERS frame with the number of an earlier stream through (RFC 9113 §5.1.1); DATA it drops.
void ServerConnection::on_frame_begin(const nghttp2_frame_hd& header) noexcept {
  in_head_ = header.type == NGHTTP2_HEADERS || header.type == NGHTTP2_CONTINUATION;
  head_ends_ = (header.flags & NGHTTP2_FLAG_END_HEADERS) != 0;
  if (header.type > NGHTTP2_CONTINUATION || header.type == NGHTTP2_PRIORITY) odd();
  // Here and not where it has been read: that is not told of streams that are over.
  if (header.type == NGHTTP2_WINDOW_UPDATE) judge(guard_.window_update(deadlines().now()));
  if (header.type != NGHTTP2_HEADERS) return;
  const auto id = header.stream_id;
  if (id % 2 == 0 || id > highest_) return;
  if (std::find(reset_.begin(), reset_.end(), id) != reset_.end()) return;
  auto* known = nghttp2_session_find_stream(raw(), id);
  if (known == nullptr || nghttp2_stream_get_state(known) == NGHTTP2_STREAM_STATE_IDLE) terminate(NGHTTP2_PROTOCOL_ERROR);
}

ServerStream* ServerConnection::stream_of(const nghttp2_frame& frame) noexcept {
  return static_cast<ServerStream*>(find(frame.hd.stream_id));
}

void ServerConnection::on_invalid() noexcept {
  on_bad_field();
  ++resets_due_;
  odd();
}

int ServerConnection::malformed(std::int32_t id, std::uint32_t error) noexcept {
  on_bad_field();
  nghttp2_submit_rst_stream(raw(), NGHTTP2_FLAG_NONE, id, error);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int ServerConnection::on_fields_begin(const nghttp2_frame& frame) noexcept {
  try {
    if (auto* stream = stream_of(frame)) {
      reader_.begin_trailers(stream->trailers());
      return 0;
    }
    highest_ = std::max(highest_, frame.hd.stream_id);
    if (frame.headers.cat != NGHTTP2_HCAT_REQUEST || children() >= 2 * std::size_t{most_streams}) {
      // Streams that were cancelled and whose handlers have not ended yet: more of them than any client has a use for (rule 61).
      terminate(NGHTTP2_ENHANCE_YOUR_CALM);
      return 0;
    }
    const boost::intrusive_ptr<ServerStream> made(new ServerStream(*this));
    opened(*made, frame.hd.stream_id);
    reader_.begin(made->request());
    server_.count().streams += 1;
    return 0;
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

int ServerConnection::on_field(const nghttp2_frame& frame, std::string_view name, std::string_view value) noexcept {
  auto* stream = stream_of(frame);
  if (stream == nullptr) return 0;
  try {
    const auto verdict =
        stream->has_head() ? reader_.trailer(stream->trailers(), name, value) : reader_.field(stream->request(), name, value);
    if (verdict == RequestReader::Verdict::fine) return 0;
    const bool excessive = verdict == RequestReader::Verdict::excessive;
    return malformed(frame.hd.stream_id, excessive ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
  } catch (...) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
}

void ServerConnection::head_complete(ServerStream& stream, bool end) noexcept {
  try {
    if (reader_.finish(stream.request(), end) != RequestReader::Verdict::fine) {
      malformed(stream.id());
      return;
    }
    if (reader_.refused()) stream.refuse(*reader_.refused());
    stream.head_is_here();
    starting_.push_back(stream);
  } catch (...) {
    malformed(stream.id());
  }
}

int ServerConnection::on_frame(const nghttp2_frame& frame) noexcept {
  const bool ack = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      in_head_ = false;
      auto* stream = stream_of(frame);
      if (stream == nullptr) return 0;
      if (frame.hd.type == NGHTTP2_HEADERS && !stream->has_head()) head_complete(*stream, end);
      if (frame.hd.type == NGHTTP2_DATA && frame.hd.length <= frame.data.padlen && !end) odd();
      if (end) stream->received_end();
      return 0;
    }
    case NGHTTP2_SETTINGS:
      if (ack)
        acknowledge_by_ = never;
      else if (std::exchange(settings_seen_, true))
        odd();
      return 0;
    case NGHTTP2_PING:
      if (!ack)
        odd();
      else if (draining_ && std::equal(goodbye_ping.begin(), goodbye_ping.end(), frame.ping.opaque_data))
        say_goodbye();
      return 0;
    case NGHTTP2_RST_STREAM:
      server_.count().resets_received += 1;
      odd();
      return 0;
    default:
      return 0;
  }
}

void ServerConnection::on_sent(const nghttp2_frame& frame) noexcept {
  if (frame.hd.type == NGHTTP2_DATA) return guard_.sent(frame.hd.length);
  if (frame.hd.type != NGHTTP2_RST_STREAM) return;
  if (reset_.size() == most_resets_kept) reset_.erase(reset_.begin());
  reset_.push_back(frame.hd.stream_id);
  const auto error = frame.rst_stream.error_code;
  // Windows are the connection's business: libnghttp2 resets one stream where SETTINGS have overflown it (RFC 9113 §6.9.2).
  if (error == NGHTTP2_FLOW_CONTROL_ERROR) terminate(NGHTTP2_FLOW_CONTROL_ERROR);
  // Ours are for reasons of ours; the others the client has made us send (rule 62).
  if (error != NGHTTP2_NO_ERROR && error != NGHTTP2_INTERNAL_ERROR && error != NGHTTP2_CANCEL) {
    server_.count().resets_sent += 1;
    // A client that reads none of them is counted when it sends; nobody is counted twice.
    if (resets_due_ != 0)
      --resets_due_;
    else
      odd();
  }
}

void ServerConnection::on_closed(StreamBase& stream, std::uint32_t error) noexcept {
  const bool whole = error == NGHTTP2_NO_ERROR && stream.peer_ended() && stream.finished();
  stream.closed(whole ? std::nullopt : std::optional(Failure{Code::reset, Side::client, Retry::never}));
  if (!has_streams()) set_timer();
}

void ServerConnection::judge(AbuseGuard::Verdict verdict) noexcept {
  if (verdict == AbuseGuard::Verdict::fine) return;
  server_.count().calmed += 1;
  if (verdict == AbuseGuard::Verdict::warn) return say_goodbye();
  terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

}  // namespace gw::http::h2
