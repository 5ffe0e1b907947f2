#include "runtime/supervise/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>

#include "gateway/net/dialer_message.hpp"

namespace runtime::supervise {
namespace {

constexpr std::uint64_t only_generation = 1;

class Published final : public EndpointProvider {
 public:
  explicit Published(std::string reason) : reason_(std::move(reason)) {}
  std::string_view reason() const noexcept override { return reason_; }
  std::string_view name() const noexcept override { return "published"; }
  bool publishes() const noexcept override { return true; }
  std::optional<std::string> attach(const engine::Container&) override { return std::nullopt; }
  void detach(const std::string&) override {}
  std::string endpoint(const engine::Container& container, std::uint16_t port) const override {
    const auto found = container.published.find(port);
    return found == container.published.end() ? std::string() : fmt::format("127.0.0.1:{}", found->second);
  }

 private:
  std::string reason_;
};

class Netns final : public EndpointProvider {
 public:
  explicit Netns(dialer::Registrar& registrar) : registrar_(registrar) {}
  std::string_view name() const noexcept override { return "netns"; }
  bool publishes() const noexcept override { return false; }

  std::optional<std::string> attach(const engine::Container& container) override {
    dialer::Start start;
    start.container = container.id;
    start.generation = only_generation;
    start.pid = static_cast<pid_t>(container.pid);
    start.sandbox_key = container.sandbox_key;
    if (auto address = gw::net::parse_ip_address(container.ip_address)) start.addresses.push_back(*address);
    // The second look that the registrar asks for: the process is there and the engine never restarts it, so the
    // namespace that was opened by its id is the container's own.
    const auto outcome = registrar_.add([&]() -> std::optional<dialer::Start> {
      if (!listens(container.pid, 0)) return std::nullopt;
      return start;
    });
    if (outcome.ok()) return std::nullopt;
    return outcome.problem;
  }
  void detach(const std::string& container) override { registrar_.remove(container, only_generation); }
  std::string endpoint(const engine::Container& container, std::uint16_t port) const override {
    return fmt::format("netns:{}@{}:{}", container.id, only_generation, port);
  }

 private:
  dialer::Registrar& registrar_;
};

}  // namespace

std::unique_ptr<EndpointProvider> published_endpoints(std::string reason) {
  return std::make_unique<Published>(std::move(reason));
}
std::unique_ptr<EndpointProvider> netns_endpoints(dialer::Registrar& registrar) { return std::make_unique<Netns>(registrar); }

namespace {

// States of a socket in the kernel's tables (include/net/tcp_states.h).
constexpr std::string_view established = "01";
constexpr std::string_view listening = "0A";

// Calls `found` with the local address of each socket on `port` in that state, as the kernel writes it. A line is
// `  0: 0100007F:1EB4 00000000:0000 0A …`: local address:port, remote, state (proc(5)).
void each_socket(std::string_view table, std::uint16_t port, std::string_view state,
                 const std::function<void(std::string_view)>& found) {
  const std::string wanted = fmt::format(":{:04X} ", port);
  while (!table.empty()) {
    const std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(table.size(), line.size() + 1));
    const auto local = line.find(wanted);
    if (local == line.npos) continue;
    const auto remote_end = line.find(' ', local + wanted.size());
    // A remote port of the same number stands further right; the local one is followed by the remote address.
    if (remote_end == line.npos || line.substr(remote_end + 1, 2) != state) continue;
    const auto before = line.rfind(' ', local);
    found(line.substr(before + 1, local - before - 1));
  }
}

std::string table_of(std::int64_t pid, const char* name) {
  std::ifstream in(fmt::format("/proc/{}/net/{}", pid, name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

bool table_listens(std::string_view table, std::uint16_t port) {
  bool any = false;
  each_socket(table, port, listening, [&](std::string_view) { any = true; });
  return any;
}

bool table_listens_outward(std::string_view table, std::uint16_t port) {
  bool any = false;
  // Words of 32 bits in the order of the machine: 127.x.y.z ends in 7F, ::1 in 01000000.
  each_socket(table, port, listening, [&](std::string_view address) {
    const bool v4 = address.size() == 8;
    const bool mapped = address.starts_with("0000000000000000FFFF0000");
    const bool loopback = v4 || mapped ? address.ends_with("7F") : address == "00000000000000000000000001000000";
    any = any || !loopback;
  });
  return any;
}

bool table_connected(std::string_view table, std::uint16_t port) {
  bool any = false;
  each_socket(table, port, established, [&](std::string_view) { any = true; });
  return any;
}

bool connected(std::int64_t pid, const std::vector<std::uint16_t>& ports) {
  const std::string v4 = table_of(pid, "tcp");
  const std::string v6 = table_of(pid, "tcp6");
  return std::any_of(ports.begin(), ports.end(),
                     [&](std::uint16_t port) { return table_connected(v4, port) || table_connected(v6, port); });
}

bool listens_on_loopback_only(std::int64_t pid, std::uint16_t port) {
  const std::string v4 = table_of(pid, "tcp");
  const std::string v6 = table_of(pid, "tcp6");
  const bool any = table_listens(v4, port) || table_listens(v6, port);
  return any && !table_listens_outward(v4, port) && !table_listens_outward(v6, port);
}

std::optional<bool> listens(std::int64_t pid, std::uint16_t port) {
  bool found = false;
  bool alive = false;
  for (const char* table : {"tcp", "tcp6"}) {
    std::ifstream in(fmt::format("/proc/{}/net/{}", pid, table), std::ios::binary);
    if (!in) continue;
    alive = true;
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    found = found || table_listens(text, port);
  }
  if (!alive || pid <= 0) return std::nullopt;
  return found;
}

}  // namespace runtime::supervise
