#include "runtime/isolation/fence_rules.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "runtime/isolation/tool.hpp"

namespace runtime::isolation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A packet of a Space, and what the rules do with it: a model of the few matches that they are made of.
struct Packet {
  std::string to;
  std::string protocol = "tcp";
  int port = 0;
  bool reply = false;
  bool to_node = false;
};

using Address = std::array<unsigned char, 16>;

Address address(const std::string& text) {
  Address out{};
  EXPECT_EQ(::inet_pton(text.find(':') == text.npos ? AF_INET : AF_INET6, text.c_str(), out.data()), 1) << text;
  return out;
}

bool within(const std::string& to, const std::string& network) {
  const auto slash = network.find('/');
  const bool v6 = network.find(':') != network.npos;
  const int bits = slash == network.npos ? (v6 ? 128 : 32) : std::stoi(network.substr(slash + 1));
  const auto a = address(to);
  const auto b = address(network.substr(0, slash));
  for (int bit = 0; bit != bits; ++bit) {
    const int mask = 0x80 >> bit % 8;
    if ((a[bit / 8] & mask) != (b[bit / 8] & mask)) return false;
  }
  return true;
}

bool is_type(const Packet& packet, const std::string& type) {
  if (type == "LOCAL") return packet.to_node;
  if (type == "MULTICAST") return within(packet.to, packet.to.find(':') == packet.to.npos ? "224.0.0.0/4" : "ff00::/8");
  return packet.to == "255.255.255.255";
}

bool matches(const Packet& packet, std::istringstream& words, std::string& verdict) {
  bool all = true;
  for (std::string word, value; words >> word;) {
    words >> value;
    if (word == "-m") continue;
    if (word == "-j") verdict = value;
    if (word == "-d") all = all && within(packet.to, value);
    if (word == "-p") all = all && packet.protocol == value;
    if (word == "--dport") all = all && packet.port == std::stoi(value);
    if (word == "--dports") all = all && ("," + value + ",").find("," + std::to_string(packet.port) + ",") != value.npos;
    if (word == "--ctstate") all = all && packet.reply;
    if (word == "--dst-type") all = all && is_type(packet, value);
    if (word == "--icmpv6-type") all = all && packet.to.starts_with("ff02::1:ff");
  }
  return all;
}

bool passes(const std::string& rules, const Packet& packet) {
  std::istringstream lines(rules);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("-A SPACEPORT-")) continue;
    std::istringstream words(line.substr(line.find(' ', 3)));
    std::string verdict;
    if (matches(packet, words, verdict)) return verdict == "RETURN";
  }
  return true;
}

Bounds bounds() {
  return {"SPACEPORT-01234567", "sp-01234567", {"172.20.0.0/16", "fd12::/64"}, {"10.0.0.2", "169.254.169.253", "fd00::53"}, {}};
}

bool open(const Bounds& bounds, const Packet& packet) {
  return passes(fence_rules(bounds, packet.to.find(':') == packet.to.npos ? Family::v4 : Family::v6, false), packet);
}

TEST(FenceRules, what_is_outside_is_open) {
  EXPECT_TRUE(open(bounds(), {"93.184.216.34", "tcp", 443}));
  EXPECT_TRUE(open(bounds(), {"93.184.216.34", "udp", 4433}));
  EXPECT_TRUE(open(bounds(), {"93.184.216.34", "icmp"}));
  EXPECT_TRUE(open(bounds(), {"2606:2800::1", "tcp", 443}));
}

TEST(FenceRules, the_node_itself_is_closed_on_any_of_its_addresses) {
  EXPECT_FALSE(open(bounds(), {"203.0.113.7", "tcp", 22, false, true}));
  EXPECT_FALSE(open(bounds(), {"203.0.113.7", "udp", 53, false, true}));
  EXPECT_FALSE(open(bounds(), {"2001:db8::7", "tcp", 22, false, true}));
  auto with_private = bounds();
  with_private.egress.private_networks = true;
  EXPECT_FALSE(open(with_private, {"172.20.0.1", "tcp", 22, false, true}));
  EXPECT_FALSE(open(with_private, {"2001:db8::7", "tcp", 22, false, true}));
}

TEST(FenceRules, replies_pass_wherever_they_go) {
  EXPECT_TRUE(open(bounds(), {"172.20.0.1", "tcp", 40000, true, true}));
  EXPECT_TRUE(open(bounds(), {"fe80::1", "tcp", 40000, true, true}));
}

TEST(FenceRules, services_for_metadata_are_closed_whatever_is_open) {
  auto all = bounds();
  all.egress.private_networks = true;
  for (const char* place : {"169.254.169.254", "169.254.170.2", "168.63.129.16", "100.100.100.200", "192.0.0.192",
                            "fd00:ec2::254", "fd20:ce::254", "fe80::a9fe:a9fe"}) {
    EXPECT_FALSE(open(bounds(), {place, "tcp", 80})) << place;
    EXPECT_FALSE(open(all, {place, "tcp", 80})) << place;
  }
}

TEST(FenceRules, other_spaces_are_closed_whatever_is_open) {
  auto all = bounds();
  all.egress.private_networks = true;
  for (const char* place : {"172.20.0.3", "fd12::3"}) {
    EXPECT_FALSE(open(bounds(), {place, "tcp", 7860})) << place;
    EXPECT_FALSE(open(all, {place, "tcp", 7860})) << place;
  }
}

TEST(FenceRules, private_networks_are_closed_unless_the_node_file_opens_them) {
  auto all = bounds();
  all.egress.private_networks = true;
  for (const char* place : {"10.9.0.1", "100.64.0.1", "172.31.255.255", "192.168.1.1", "198.18.0.1", "240.0.0.1", "fd77::1"}) {
    EXPECT_FALSE(open(bounds(), {place, "tcp", 80})) << place;
    EXPECT_TRUE(open(all, {place, "tcp", 80})) << place;
  }
}

TEST(FenceRules, everybody_at_once_is_closed) {
  EXPECT_FALSE(open(bounds(), {"224.0.0.251", "udp", 5353}));
  EXPECT_FALSE(open(bounds(), {"255.255.255.255", "udp", 67}));
  EXPECT_FALSE(open(bounds(), {"ff02::fb", "udp", 5353}));
}

TEST(FenceRules, name_servers_are_open_for_names_and_nothing_else) {
  for (const char* server : {"10.0.0.2", "169.254.169.253", "fd00::53"}) {
    EXPECT_TRUE(open(bounds(), {server, "udp", 53})) << server;
    EXPECT_TRUE(open(bounds(), {server, "tcp", 53})) << server;
    EXPECT_FALSE(open(bounds(), {server, "tcp", 80})) << server;
  }
  EXPECT_FALSE(open(bounds(), {"10.0.0.3", "udp", 53}));
  EXPECT_TRUE(open(bounds(), {"10.0.0.2", "udp", 53, false, true})) << "also where it is the node that answers";
}

TEST(FenceRules, ports_close_all_others) {
  auto web = bounds();
  web.egress.ports = {80, 443};
  EXPECT_TRUE(open(web, {"93.184.216.34", "tcp", 443}));
  EXPECT_TRUE(open(web, {"93.184.216.34", "udp", 443}));
  EXPECT_TRUE(open(web, {"2606:2800::1", "tcp", 80}));
  EXPECT_FALSE(open(web, {"93.184.216.34", "tcp", 25}));
  EXPECT_FALSE(open(web, {"93.184.216.34", "icmp"}));
  EXPECT_FALSE(open(web, {"2606:2800::1", "tcp", 25}));
  EXPECT_TRUE(open(web, {"10.0.0.2", "udp", 53})) << "names are needed all the same";
  EXPECT_FALSE(open(web, {"203.0.113.7", "tcp", 443, false, true})) << "the node is closed all the same";
}

TEST(FenceRules, what_is_named_is_open_all_the_same) {
  auto named = bounds();
  named.egress.ports = {443};
  named.egress.allow = {{"10.0.0.5", 5432}, {"10.1.0.0/16", 0}, {"fd00::5", 5432}, {"172.20.0.1", 6379}};
  EXPECT_TRUE(open(named, {"10.0.0.5", "tcp", 5432}));
  EXPECT_TRUE(open(named, {"10.0.0.5", "udp", 5432}));
  EXPECT_FALSE(open(named, {"10.0.0.5", "tcp", 443}));
  EXPECT_FALSE(open(named, {"10.0.0.6", "tcp", 5432}));
  EXPECT_TRUE(open(named, {"10.1.2.3", "icmp"}));
  EXPECT_TRUE(open(named, {"fd00::5", "tcp", 5432}));
  EXPECT_TRUE(open(named, {"172.20.0.1", "tcp", 6379, false, true})) << "a service of the node";
  EXPECT_FALSE(open(named, {"172.20.0.1", "tcp", 22, false, true}));
}

TEST(FenceRules, neighbours_on_the_link_are_found) { EXPECT_TRUE(open(bounds(), {"ff02::1:ff00:1", "ipv6-icmp", 0})); }

TEST(FenceRules, replace_each_other_as_a_whole) {
  const auto first = fence_rules(bounds(), Family::v4, false);
  EXPECT_THAT(first, StartsWith("*mangle\n:SPACEPORT-01234567 - [0:0]\n"));
  EXPECT_THAT(first, testing::EndsWith("-I PREROUTING 1 -i sp-01234567 -j SPACEPORT-01234567\nCOMMIT\n"));
  EXPECT_THAT(fence_rules(bounds(), Family::v4, true), Not(HasSubstr("PREROUTING"))) << "the way in is there once";
  EXPECT_EQ(no_fence_rules(bounds(), true),
            "*mangle\n:SPACEPORT-01234567 - [0:0]\n-D PREROUTING -i sp-01234567 -j SPACEPORT-01234567\n-X "
            "SPACEPORT-01234567\nCOMMIT\n");
  EXPECT_THAT(no_fence_rules(bounds(), false), Not(HasSubstr("PREROUTING")));
  EXPECT_THAT(entered_question(bounds()),
              ElementsAre("-w", "5", "-t", "mangle", "-C", "PREROUTING", "-i", "sp-01234567", "-j", "SPACEPORT-01234567"));
}

// What the program itself thinks of them; it changes nothing.
class FenceRulesTried : public testing::TestWithParam<Family> {};

TEST_P(FenceRulesTried, are_understood) {
  const std::string tool = find_tool(GetParam() == Family::v4 ? "iptables-restore" : "ip6tables-restore");
  ASSERT_FALSE(tool.empty()) << "needs iptables, which tests/run installs";
  ASSERT_EQ(::geteuid(), 0U) << "needs root: sudo tests/run";
  auto full = bounds();
  full.egress.ports = {80, 443};
  full.egress.allow = {{"10.0.0.5", 5432}, {"10.1.0.0/16", 0}, {"fd00::5", 5432}, {"fd00:1::/32", 0}};
  for (const Bounds& each : {bounds(), full}) {
    const Ran ran =
        run_tool_here({tool, "--test", "--noflush", "-w", "5"}, fence_rules(each, GetParam(), false), std::chrono::seconds(20));
    EXPECT_TRUE(ran.good()) << ran.output << fence_rules(each, GetParam(), false);
  }
}

INSTANTIATE_TEST_SUITE_P(, FenceRulesTried, testing::Values(Family::v4, Family::v6),
                         [](const auto& family) { return family.param == Family::v4 ? "v4" : "v6"; });

}  // namespace
}  // namespace runtime::isolation
