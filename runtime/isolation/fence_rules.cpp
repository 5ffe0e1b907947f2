#include "runtime/isolation/fence_rules.hpp"

#include <fmt/format.h>

namespace runtime::isolation {
namespace {

using Networks = std::vector<std::string_view>;

bool is_v6(std::string_view address) { return address.find(':') != address.npos; }

// Where clouds tell a machine who it is and with what keys: link-local, and those of Azure, Alibaba, Oracle, Amazon and Google elsewhere.
const Networks& metadata(Family family) {
  static const Networks v4{"169.254.0.0/16", "168.63.129.16", "100.100.100.200", "192.0.0.192"};
  static const Networks v6{"fe80::/10", "fd00:ec2::254", "fd20:ce::254"};
  return family == Family::v4 ? v4 : v6;
}

// What is not on the internet (RFC 6890). Documentation networks are left alone: nobody is there, or somebody who means it.
const Networks& private_networks(Family family) {
  static const Networks v4{"0.0.0.0/8",    "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12",
                           "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "240.0.0.0/4"};
  static const Networks v6{"fc00::/7", "64:ff9b:1::/48"};
  return family == Family::v4 ? v4 : v6;
}

class Chain {
 public:
  Chain(const Bounds& bounds, Family family) : name_(bounds.chain), family_(family) {}

  void add(std::string_view match, std::string_view verdict) {
    text_ += fmt::format("-A {} {}{}-j {}\n", name_, match, match.empty() ? "" : " ", verdict);
  }
  /// Only where the address is one of this family.
  void add_to(std::string_view network, std::string_view match, std::string_view verdict) {
    if (is_v6(network) == (family_ == Family::v6))
      add(fmt::format("-d {}{}{}", network, match.empty() ? "" : " ", match), verdict);
  }
  std::string take() { return std::move(text_); }

 private:
  const std::string& name_;
  Family family_;
  std::string text_;
};

// Without them an address on the bridge is found by nobody, also not by the node that sends to a Space.
void add_neighbour_discovery(Chain& chain) {
  for (const char* type : {"router-solicitation", "neighbour-solicitation", "neighbour-advertisement"})
    chain.add(fmt::format("-p ipv6-icmp --icmpv6-type {} -m hl --hl-eq 255", type), "RETURN");
}

void add_openings(Chain& chain, const Bounds& bounds) {
  for (const auto& opening : bounds.egress.allow) {
    if (opening.port == 0) {
      chain.add_to(opening.to, "", "RETURN");
      continue;
    }
    for (const char* protocol : {"tcp", "udp"})
      chain.add_to(opening.to, fmt::format("-p {} --dport {}", protocol, opening.port), "RETURN");
  }
  for (const auto& resolver : bounds.resolvers)
    for (const char* protocol : {"udp", "tcp"}) chain.add_to(resolver, fmt::format("-p {} --dport 53", protocol), "RETURN");
}

void add_ports(Chain& chain, const std::vector<std::uint16_t>& ports) {
  if (ports.empty()) return;
  for (const char* protocol : {"tcp", "udp"})
    chain.add(fmt::format("-p {} -m multiport --dports {}", protocol, fmt::join(ports, ",")), "RETURN");
  chain.add("", "DROP");
}

}  // namespace

std::string fence_rules(const Bounds& bounds, Family family, bool entered) {
  Chain chain(bounds, family);
  chain.add("-m conntrack --ctstate RELATED,ESTABLISHED", "RETURN");
  if (family == Family::v6) add_neighbour_discovery(chain);
  add_openings(chain, bounds);
  // Of the node on any of its addresses; also what would be sent on to a port that somebody has published there.
  chain.add("-m addrtype --dst-type LOCAL", "DROP");
  chain.add("-m addrtype --dst-type MULTICAST", "DROP");
  if (family == Family::v4) chain.add("-m addrtype --dst-type BROADCAST", "DROP");
  for (const auto& network : bounds.neighbours) chain.add_to(network, "", "DROP");
  for (const auto network : metadata(family)) chain.add_to(network, "", "DROP");
  if (!bounds.egress.private_networks)
    for (const auto network : private_networks(family)) chain.add_to(network, "", "DROP");
  add_ports(chain, bounds.egress.ports);
  // Naming a chain makes it, or empties it; all of it holds at once or not at all.
  std::string text = fmt::format("*mangle\n:{} - [0:0]\n{}", bounds.chain, chain.take());
  if (!entered) text += fmt::format("-I PREROUTING 1 -i {} -j {}\n", bounds.bridge, bounds.chain);
  return text + "COMMIT\n";
}

std::string no_fence_rules(const Bounds& bounds, bool entered) {
  std::string text = fmt::format("*mangle\n:{} - [0:0]\n", bounds.chain);
  if (entered) text += fmt::format("-D PREROUTING -i {} -j {}\n", bounds.bridge, bounds.chain);
  return text + fmt::format("-X {}\nCOMMIT\n", bounds.chain);
}

std::vector<std::string> entered_question(const Bounds& bounds) {
  return {"-w", "5", "-t", "mangle", "-C", "PREROUTING", "-i", bounds.bridge, "-j", bounds.chain};
}

}  // namespace runtime::isolation
