#include "gateway/http/h2/server_stream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>

namespace gw::http::h2 {

net::Task<net::Result<RequestHead*>> ServerStream::read_head() {
  if (closed_) co_return gone();
  co_return &request_;
}

std::optional<net::Result<Chunk>> ServerStream::ready_body() {
  if (unwanted_) return net::Result<Chunk>(net::Failure{net::Code::cancelled, net::Side::gateway, net::Retry::never});
  if (end_given_) return net::Result<Chunk>(Chunk{{}, true, nullptr});
  if (!arrived_.empty()) {
    reading_.clear();
    reading_.swap(arrived_);
    owner_.credit(*this, reading_.size());
    // Trailers come in a frame of their own after the last data, so an end that is here already ends this piece.
    end_given_ = ended_;
    const Fields* trailers = ended_ && !trailers_.empty() ? &trailers_ : nullptr;
    return net::Result<Chunk>(Chunk{{reading_.data(), reading_.size()}, ended_, trailers});
  }
  if (ended_) {
    end_given_ = true;
    return net::Result<Chunk>(Chunk{{}, true, trailers_.empty() ? nullptr : &trailers_});
  }
  if (closed_) return net::Result<Chunk>(gone());
  return std::nullopt;
}

net::Task<net::Result<Chunk>> ServerStream::read_body() {
  for (;;) {
    if (auto ready = ready_body()) co_return *ready;
    co_await reader_.wait();
  }
}

net::Task<net::Result<void>> ServerStream::write_head(const ResponseHead& head, Chunk first) {
  if (closed_) co_return gone();
  const bool body = head.body.expected() || head.tunnel != Tunnel::none;
  const bool end = !head.interim() && !body;
  if (auto sent = owner_.send_head(*this, head, end); !sent) co_return sent;
  if (end) out_finished_ = true;
  if (!end && !head.interim() && (!first.data.empty() || first.last)) co_return co_await write_body(first);
  co_return net::Result<void>{};
}

net::Task<net::Result<void>> ServerStream::write_body(Chunk piece) {
  if (closed_) co_return gone();
  out_ = piece.data;
  out_last_pending_ = piece.last;
  out_trailers_ = piece.last && piece.trailers != nullptr && !piece.trailers->empty() ? piece.trailers : nullptr;
  owner_.resume(*this);
  while (!closed_ && (!out_.empty() || out_last_pending_)) co_await writer_.wait();
  const bool taken = out_.empty() && !out_last_pending_;
  out_ = {};
  out_last_pending_ = false;
  out_trailers_ = nullptr;
  if (!taken) co_return gone();
  co_return net::Result<void>{};
}

void ServerStream::abort() noexcept {
  if (closed_) return;
  owner_.reset(*this);
  closed(false);
}

void ServerStream::closed(bool clean) {
  closed_ = true;
  clean_ = clean;
  if (!clean) ended_ = false;
  wake();
  wake_writer();
  if (gone_ && !clean) boost::asio::post(executor_, [gone = std::move(gone_)] { gone(); });
  gone_ = nullptr;
}

void ServerStream::stop_reading() noexcept {
  unwanted_ = true;
  wake();
}

void ServerStream::watch(std::function<void()> gone) {
  if (gone && closed_ && !clean_) return gone();
  gone_ = std::move(gone);
}

ServerStream::Piece ServerStream::take(char* to, std::size_t room) noexcept {
  Piece piece;
  if (out_.empty() && !out_last_pending_) {
    piece.wait = true;
    return piece;
  }
  piece.size = std::min(room, out_.size());
  if (piece.size != 0) std::memcpy(to, out_.data(), piece.size);
  out_ = out_.subspan(piece.size);
  if (out_.empty() && out_last_pending_) {
    piece.end = true;
    out_finished_ = true;
    out_last_pending_ = false;
    if (out_trailers_ != nullptr) {
      piece.trailers = true;
      owner_.send_trailers(*this, *out_trailers_);
    }
  }
  return piece;
}

// A waiter is resumed inline by `notify`; through the loop it cannot end the stream under a caller's feet.
void ServerStream::wake() {
  if (reader_.waiting()) boost::asio::post(executor_, [self = shared_from_this()] { self->reader_.notify(); });
}

void ServerStream::wake_writer() {
  if (writer_.waiting()) boost::asio::post(executor_, [self = shared_from_this()] { self->writer_.notify(); });
}

}  // namespace gw::http::h2
