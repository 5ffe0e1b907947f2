#include "runtime/isolation/resolvers.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

#include "config/rules.hpp"

namespace runtime::isolation {
namespace {

std::string text_of(const char* file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

}  // namespace

std::vector<std::string> name_servers(std::string_view resolv_conf) {
  std::vector<std::string> found;
  std::istringstream lines{std::string(resolv_conf)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word;
    std::string address;
    if (!(words >> word >> address) || word != "nameserver") continue;
    // `fe80::1%eth0`: what follows names a link of the host.
    address = address.substr(0, address.find('%'));
    if (config::is_ip_address(address)) found.push_back(std::move(address));
  }
  return found;
}

std::vector<std::string> choose_resolvers(std::string_view host, std::string_view behind_stub) {
  std::vector<std::string> chosen;
  for (auto& address : name_servers(host))
    if (!loopback(address)) chosen.push_back(std::move(address));
  if (!chosen.empty()) return chosen;
  for (auto& address : name_servers(behind_stub))
    if (!loopback(address)) chosen.push_back(std::move(address));
  if (!chosen.empty()) return chosen;
  return {"8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"};
}

std::vector<std::string> resolvers_of_this_machine() {
  return choose_resolvers(text_of("/etc/resolv.conf"), text_of("/run/systemd/resolve/resolv.conf"));
}

}  // namespace runtime::isolation
