#pragma once
// Tells the gateway of our sites, over its admin socket. Keeps the newest word on each, so that all can be said again
// after the gateway was restarted.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "gateway/net/worker.hpp"
#include "runtime/engine/error.hpp"

namespace runtime::supervise {

/// What the gateway has counted of a site.
struct SiteTraffic {
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t held = 0;         ///< they wait for it to wake
  std::int64_t idle_seconds = 0;  ///< since a visitor was there
  double p50_ms = 0;
  double p99_ms = 0;
};

class GatewayClient {
 public:
  GatewayClient(gw::net::Worker& worker, std::string socket) : worker_(worker), socket_(std::move(socket)) {}

  /// Says it now if the gateway answers, else with the next `send_all`. The outcome is a sentence; empty: said.
  gw::net::Task<std::string> put(std::string id, std::string json);
  gw::net::Task<> erase(std::string id);
  /// What came of asking it to hold new requests of a site.
  enum class Quiesced : std::uint8_t {
    yes,      ///< it holds them, and nobody is being served
    no,       ///< somebody is, so it does not
    unknown,  ///< it does not answer, or does not know the site as one that is ready
  };
  gw::net::Task<Quiesced> quiesce(std::string id);
  /// Of every site; nothing when it does not answer.
  gw::net::Task<std::map<std::string, SiteTraffic>> traffic();
  /// Makes it read its file again, with the files in `json` (gateway/control/admin.hpp). The outcome is a sentence; empty: done.
  gw::net::Task<std::string> reload(std::string json);
  /// To be said with the next `send_all`.
  void remember(std::string id, std::string json) { sites_.insert_or_assign(std::move(id), std::move(json)); }
  /// Everything, and that it is everything: from then on a host that the gateway does not know is not there. Nothing is lost by
  /// saying it again. False when the gateway does not answer.
  gw::net::Task<bool> send_all();

  /// Everything, to a gateway that is to take the place of the present one and answers on `socket`. What changes from here on is
  /// said to both, until `succeeded` or `no_successor`.
  gw::net::Task<bool> feed_successor(std::string socket);
  /// The present one lets go: another one serves on its sockets. Asked on `socket`, where it goes on hearing what changes until it has
  /// ended; then the socket is removed.
  gw::net::Task<> hand_over(std::string socket);
  /// The successor answers where the one before did.
  void succeeded() noexcept;
  void when_succeeded(std::function<void()> told) { told_ = std::move(told); }
  void no_successor() noexcept { successor_.clear(); }

 private:
  /// What came of one request.
  struct Outcome {
    Outcome(bool answers, std::string text, std::string said = {})
        : answered(answers), problem(std::move(text)), body(std::move(said)) {}
    bool answered;
    std::string problem;  ///< empty: done
    std::string body;     ///< what it said
  };

  gw::net::Task<Outcome> say(std::string id);
  gw::net::Task<> say_to_predecessor(std::string id);
  gw::net::Task<Outcome> say_to(std::string socket, std::string id);
  gw::net::Task<Outcome> send(std::string socket, std::string method, std::string path, std::string body);
  gw::net::Task<bool> send_all_to(std::string socket);

  gw::net::Worker& worker_;
  std::string socket_;
  std::map<std::string, std::string> sites_;
  std::string successor_;    ///< the socket of one that is being fed; empty: there is none
  std::string predecessor_;  ///< the socket of one that serves out what it had; empty: there is none
  unsigned generation_ = 0;
  std::function<void()> told_;  ///< that another gateway answers
};

}  // namespace runtime::supervise
