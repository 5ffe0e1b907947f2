#pragma once
// Which Spaces sleep and how deep: what the gateway says of visitors, and what the machine has left. Main thread.

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "runtime/supervise/context.hpp"
#include "runtime/supervise/gateway_events.hpp"
#include "runtime/supervise/signal.hpp"
#include "runtime/supervise/spaces.hpp"

namespace runtime::supervise {

class Idleness {
 public:
  Idleness(Context& context, Spaces& spaces)
      : context_(context),
        spaces_(spaces),
        ticking_(context.worker),
        visitors_(context.worker, context.layout.gateway_socket().string()) {}

  /// Does what the gateway says of visitors, until `stop`.
  Task<> hear_gateway();
  /// Lays to rest who is idle, deeper who has slept long, and writes down when visitors were last there; until `stop`.
  Task<> keep_rest();
  /// Another gateway answers now.
  void gateway_succeeded() { visitors_.again(); }
  /// Ends both, and writes down what is known of visitors.
  Task<> stop();

 private:
  void heard(const GatewayEvent& event);
  void lay_to_rest();
  void lay_deeper();
  Task<> ask_for_traffic();
  void remember_use();

  Context& context_;
  Spaces& spaces_;
  Signal ticking_;
  GatewayEvents visitors_;
  std::map<std::string, std::int64_t> used_;  ///< when visitors were last there, as far as it is not in the database
  std::set<std::string> idle_;                ///< Spaces that nobody visits and that do not sleep yet
  bool stopping_ = false;
};

}  // namespace runtime::supervise
