#pragma once
// Certificates for a gateway that is not root any more: reads their files in its place and hands them over when they change.
// Main thread.

#include <chrono>
#include <string>
#include <vector>

#include "config/node_file.hpp"
#include "gateway/net/file_watch.hpp"
#include "runtime/supervise/gateway_client.hpp"

namespace runtime::supervise {

class Certificates {
 public:
  /// All of them must outlive it. The files count as known to the gateway from now on.
  Certificates(gw::net::Worker& worker, GatewayClient& gateway, const config::NodeFile& node);

  /// Makes the gateway read its own file again, with the files that it may not read. What is wrong with them is in our log, and then
  /// nothing has been changed.
  gw::net::Task<> hand_over();
  /// Does so whenever one of the files has changed, for ever.
  gw::net::Task<> keep();

 private:
  gw::net::Worker& worker_;
  GatewayClient& gateway_;
  std::vector<std::string> paths_;
  gw::net::FileWatch watch_;
};

}  // namespace runtime::supervise
