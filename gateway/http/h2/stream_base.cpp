#include "gateway/http/h2/stream_base.hpp"

#include <algorithm>
#include <utility>

#include "gateway/http/h2/session.hpp"

namespace gw::http::h2 {

using net::Code;
using net::Failure;
using net::Result;
using net::Retry;

StreamBase::StreamBase(Session& session, net::Side side)
    : session_(session),
      reading_patience_(session.deadlines(), reader_),
      writing_patience_(session.deadlines(), writer_),
      side_(side) {}

StreamBase::~StreamBase() = default;

void StreamBase::Patience::expired() noexcept {
  over = true;
  waiter_.notify();
}

void StreamBase::received(std::string_view data) {
  if (unwanted_) return session_.consumed(*this, data.size());
  arrived_ += data;
  session_.wake(*this);
}

void StreamBase::received_end() {
  ended_ = true;
  session_.wake(*this);
}

void StreamBase::closed(std::optional<Failure> failure) {
  if (std::exchange(closed_, true)) return;
  failure_ = failure;
  session_.wake(*this);
}

Failure StreamBase::failure() const noexcept { return failure_.value_or(Failure{Code::closed, side_, Retry::never}); }

void StreamBase::give_credit() {
  if (held_ != 0) session_.consumed(*this, std::exchange(held_, 0));
}

std::optional<Result<Chunk>> StreamBase::take_ready() {
  give_credit();
  if (unwanted_) return Result<Chunk>(Failure{Code::cancelled, net::Side::gateway, Retry::never});
  if (end_given_) return Result<Chunk>(Chunk{{}, true, nullptr});
  // A body that was cut off is told as such before its last bytes: nobody may take them for its end.
  if (closed_ && !ended_) return Result<Chunk>(failure());
  if (arrived_.empty() && !ended_) return std::nullopt;
  reading_.clear();
  reading_.swap(arrived_);
  held_ = reading_.size();
  // Trailers come in a frame of their own behind the last data, so that an end that is here already ends this piece.
  end_given_ = ended_;
  const Fields* trailers = ended_ && !trailers_.empty() ? &trailers_ : nullptr;
  return Result<Chunk>(Chunk{{reading_.data(), reading_.size()}, ended_, trailers});
}

net::Task<Result<Chunk>> StreamBase::take(net::Duration patience) {
  for (;;) {
    if (auto ready = take_ready()) co_return *ready;
    if (patience != net::Duration::zero()) reading_patience_.expires_in(patience);
    co_await reader_.wait();
    reading_patience_.clear();
    if (std::exchange(reading_patience_.over, false)) co_return Failure{Code::idle_timeout, side_, Retry::never};
  }
}

net::Task<Result<void>> StreamBase::put(Chunk piece, net::Duration patience) {
  if (closed_) return Result<void>(failure());
  out_ = piece.data;
  out_last_ = piece.last;
  out_trailers_ = piece.last && piece.trailers != nullptr && !piece.trailers->empty() ? piece.trailers : nullptr;
  session_.resume(*this);
  if (!closed_ && !sent_all()) return put_rest(patience);
  return put_over();
}

net::Task<Result<void>> StreamBase::put_rest(net::Duration patience) {
  while (!closed_ && !sent_all()) {
    if (patience != net::Duration::zero()) writing_patience_.expires_in(patience);
    moved_ = false;
    co_await writer_.wait();
    writing_patience_.clear();
    if (std::exchange(writing_patience_.over, false) && !moved_ && !sent_all()) {
      closed(Failure{Code::idle_timeout, side_, Retry::never});
      reset(session_.cancelled);
    }
  }
  co_return put_over();
}

Result<void> StreamBase::put_over() noexcept {
  const bool taken = sent_all();
  out_ = {};
  out_last_ = false;
  out_trailers_ = nullptr;
  if (!taken) return failure();
  return {};
}

StreamBase::Offer StreamBase::offer(std::size_t room) noexcept {
  Offer offer;
  if (sent_all()) {
    offer.wait = true;
    return offer;
  }
  offer.size = std::min(room, out_.size());
  offer.end = out_last_ && offer.size == out_.size();
  if (offer.end) {
    offer.trailers = out_trailers_;
    // A frame without data is not handed over when trailers end the stream.
    if (offer.size == 0) out_last_ = false;
    finished_ = true;
  }
  if (offer.size == 0) session_.wake(*this);
  return offer;
}

void StreamBase::hand_over(std::size_t size, std::string& to) {
  to.append(out_.data(), size);
  out_ = out_.subspan(size);
  if (out_.empty() && finished_) out_last_ = false;
  moved_ = true;
  // Whoever sends one piece and no more does not wait; waking costs only who does.
  if (writer_.waiting() && sent_all()) session_.wake(*this);
}

void StreamBase::stop_taking() noexcept {
  unwanted_ = true;
  held_ += arrived_.size();
  arrived_.clear();
  give_credit();
  session_.wake(*this);
}

void StreamBase::on_gone(std::function<void()> gone) {
  if (gone && failure_) return gone();
  gone_ = std::move(gone);
}

void StreamBase::reset(std::uint32_t error) noexcept { session_.reset(*this, error); }

void StreamBase::resume() {
  const boost::intrusive_ptr<StreamBase> self(this);
  if (reader_.waiting() && (closed_ || ended_ || unwanted_ || !arrived_.empty())) reader_.notify();
  if (writer_.waiting() && (closed_ || sent_all())) writer_.notify();
  resume_more();
  if (!failure_) return;
  if (const auto gone = std::exchange(gone_, nullptr)) gone();
}

}  // namespace gw::http::h2
