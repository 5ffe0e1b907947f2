#pragma once
// Answers requests as late, as wrong and as broken as it was told.

#include <string>

#include "gateway/http/server.hpp"
#include "loadtest/service/alarm.hpp"
#include "loadtest/service/delay_list.hpp"
#include "loadtest/service/dice.hpp"
#include "loadtest/service/frames.hpp"

namespace loadtest::service {

class Answerer final : public gw::http::Handler {
 public:
  Answerer(gw::net::Worker& worker, Settings settings);

  gw::net::Task<> handle(gw::http::ClientSide& exchange, gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo& connection) override;
  gw::net::Task<> refuse(gw::http::ClientSide& exchange, const gw::http::RequestHead& request,
                         const gw::http::ConnectionInfo& connection, gw::net::Failure failure) override;

  /// Nobody is held any longer, and what is held goes on now.
  void stop() noexcept { alarm_.stop(); }
  std::uint64_t answered() const noexcept { return answered_; }
  DelayList& delays() noexcept { return delays_; }

 private:
  /// A request and what is to become of it.
  struct Ask {
    gw::http::ClientSide& exchange;
    gw::http::RequestHead& request;
    const Settings& settings;  ///< its own, changed by its query
    Fate fate;
    Nanoseconds arrived = 0;
    Nanoseconds gap = 0;  ///< since the request before it
    std::string id;
  };

  Nanoseconds release(Nanoseconds arrived, Nanoseconds delay) const noexcept;
  void released(const Ask& ask, gw::http::ResponseHead& head);
  gw::net::Task<> answer(Ask& ask);
  gw::net::Task<> send(Ask& ask, gw::http::ResponseHead& head, std::uint64_t size);
  gw::net::Task<> send_events(Ask& ask);
  gw::net::Task<> echo(Ask& ask);
  gw::net::Task<bool> echo_frames(Ask& ask, FrameReader& reader);

  const Settings settings_;
  Alarm alarm_;
  Dice dice_;
  DelayList delays_;
  std::string body_;
  Nanoseconds first_ = measure::never;  ///< when the first request arrived
  Nanoseconds last_ = measure::never;
  std::uint64_t in_progress_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace loadtest::service
