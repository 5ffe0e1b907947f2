#pragma once
// Asks endpoints whether they are well: one coroutine for each endpoint that is to be asked, whatever the number of workers.
// Main thread only; verdicts go to whoever posts them to the workers.

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "config/gateway_file.hpp"
#include "gateway/net/dialer_client.hpp"
#include "gateway/proxy/endpoint_state.hpp"

namespace gw::control {

/// An endpoint to ask, and how.
struct Probe {
  std::shared_ptr<proxy::EndpointState> state;
  net::Address address;
  std::string text;  ///< the address as written
  config::Protocol protocol = config::Protocol::http;
  config::HealthCheck rules;
  std::size_t uses = 0;  ///< routes that want it
};
/// By state_key.
using Probes = std::map<std::string, Probe, std::less<>>;

class Prober {
 public:
  /// Told when the verdict about an endpoint has changed.
  using Tell = std::function<void(const Probe& probe, bool good)>;

  Prober(net::Worker& worker, const std::string& dialer_socket, Tell tell);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// From now on asks these. Who was asked before and still is keeps what his answers were.
  void follow(const Probes& wanted);
  /// The same where only what stands under these keys can have changed: O(the keys).
  void follow(const Probes& wanted, std::span<const std::string> keys);

 private:
  struct Running;

  static bool stays(const std::shared_ptr<Running>& one, const Probes& wanted, const std::string& key);
  void begin(const std::string& key, const Probe& probe);
  net::Task<> run(std::shared_ptr<Running> one);

  net::Worker& worker_;
  std::shared_ptr<net::DialerClient> dialer_;
  Tell tell_;
  std::map<std::string, std::shared_ptr<Running>, std::less<>> running_;
};

}  // namespace gw::control
