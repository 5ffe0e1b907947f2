#pragma once
// Which packets of Spaces are let through, as text for iptables-restore(8). Pure.
//
// One chain, entered in the table `mangle` before anything is routed: it sees what goes to the node as well as what goes through it,
// and no rule of somebody else's (ufw, firewalld, the engine) can let through what it has dropped.

#include <string>
#include <string_view>
#include <vector>

#include "config/egress.hpp"

namespace runtime::isolation {

enum class Family : std::uint8_t { v4, v6 };

/// What the rules are made of.
struct Bounds {
  std::string chain;                    ///< of the instance
  std::string bridge;                   ///< the interface that the packets of its Spaces come in by
  std::vector<std::string> neighbours;  ///< the networks of that bridge, v4 and v6: other Spaces
  std::vector<std::string> resolvers;   ///< whom names are asked of
  config::Egress egress;
};

/// The chain made anew. `entered`: packets go into it already.
std::string fence_rules(const Bounds& bounds, Family family, bool entered);

/// The chain and the way into it taken away.
std::string no_fence_rules(const Bounds& bounds, bool entered);

/// The words behind `iptables` that tell whether packets go into the chain.
std::vector<std::string> entered_question(const Bounds& bounds);

}  // namespace runtime::isolation
