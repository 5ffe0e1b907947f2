#pragma once
// Tells the gateway of our sites, over its admin socket. Keeps the newest word on each, so that all can be said again
// after the gateway was restarted.

#include <map>
#include <string>

#include "gateway/net/worker.hpp"
#include "runtime/engine/error.hpp"

namespace runtime::supervise {

class GatewayClient {
 public:
  GatewayClient(gw::net::Worker& worker, std::string socket) : worker_(worker), socket_(std::move(socket)) {}

  /// Says it now if the gateway answers, else with the next `send_all`. The outcome is a sentence; empty: said.
  gw::net::Task<std::string> put(std::string id, std::string json);
  gw::net::Task<> erase(std::string id);
  /// Everything again. False when the gateway does not answer.
  gw::net::Task<bool> send_all();
  /// Does the gateway answer?
  gw::net::Task<bool> alive();

 private:
  gw::net::Task<std::string> send(std::string method, std::string path, std::string body);

  gw::net::Worker& worker_;
  std::string socket_;
  std::map<std::string, std::string> sites_;
};

}  // namespace runtime::supervise
