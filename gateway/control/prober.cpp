#include "gateway/control/prober.hpp"

#include "gateway/control/health_question.hpp"
#include "gateway/net/timer.hpp"
#include "gateway/proxy/affinity.hpp"

namespace gw::control {
namespace {

using net::Task;

// A little less than asked for, and differently for each: many endpoints are not asked in the same moment for ever.
std::chrono::milliseconds spread(std::chrono::milliseconds interval, const std::string& endpoint, std::uint64_t turn) {
  constexpr std::uint64_t parts = 1000;
  const auto drawn = static_cast<std::int64_t>(proxy::mix(proxy::stable_hash(endpoint), turn) % parts);
  return interval - interval * drawn / static_cast<std::int64_t>(10 * parts);
}

}  // namespace

/// One endpoint that is asked. Its coroutine owns it too.
struct Prober::Running {
  Running(net::Worker& worker, Probe wanted) : probe(std::move(wanted)), timer(worker) {}
  Probe probe;
  proxy::ProbeTally tally;
  net::Timer timer;
  bool stopped = false;
};

Prober::Prober(net::Worker& worker, const std::string& dialer_socket, Tell tell)
    : worker_(worker),
      dialer_(dialer_socket.empty() ? nullptr : std::make_shared<net::DialerClient>(worker, dialer_socket)),
      tell_(std::move(tell)) {}

Prober::~Prober() { follow({}); }

// One that is asked differently from now on is another one only when its answers are kept elsewhere.
bool Prober::stays(const std::shared_ptr<Running>& one, const Probes& wanted, const std::string& key) {
  const auto found = wanted.find(key);
  if (found != wanted.end() && found->second.state == one->probe.state) {
    one->probe = found->second;
    return true;
  }
  one->stopped = true;
  one->timer.cancel();
  return false;
}

void Prober::follow(const Probes& wanted) {
  std::erase_if(running_, [&](const auto& entry) { return !stays(entry.second, wanted, entry.first); });
  for (const auto& [key, probe] : wanted) begin(key, probe);
}

void Prober::follow(const Probes& wanted, std::span<const std::string> keys) {
  for (const auto& key : keys) {
    if (const auto at = running_.find(key); at != running_.end() && !stays(at->second, wanted, key)) running_.erase(at);
    if (const auto found = wanted.find(key); found != wanted.end()) begin(key, found->second);
  }
}

void Prober::begin(const std::string& key, const Probe& probe) {
  const auto [at, is_new] = running_.try_emplace(key);
  if (!is_new) return;
  at->second = std::make_shared<Running>(worker_, probe);
  worker_.spawn(run(at->second));
}

Task<> Prober::run(std::shared_ptr<Running> one) {
  const auto dialer = dialer_;
  for (std::uint64_t turn = 0; !one->stopped; ++turn) {
    // A copy: it may be asked differently from now on while the answer is awaited.
    const Probe probe = one->probe;
    const bool good = co_await ask_health(worker_, dialer.get(), probe.address, probe.text, probe.protocol, probe.rules);
    if (one->stopped) co_return;
    if (const auto verdict = one->tally.took(good, one->probe.rules)) tell_(one->probe, *verdict);
    co_await one->timer.wait(spread(one->probe.rules.interval, one->probe.text, turn));
  }
}

}  // namespace gw::control
