#include "gateway/net/connection_limits.hpp"

#include <algorithm>
#include <random>

#include "gateway/net/door.hpp"

namespace gw::net {
namespace {

// Between full and empty enough: accepting stops and begins in steps, not with every connection that goes.
constexpr std::uint32_t slack_part = 16;

std::uint64_t secret() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

}  // namespace

ConnectionLimits::ConnectionLimits() = default;
ConnectionLimits::~ConnectionLimits() { const std::unique_ptr<ClientShares> ours(shares_.load()); }

void ConnectionLimits::use(const Settings& settings) {
  connections_ = settings.connections;
  per_client_ = settings.per_client;
  new_per_second_ = settings.new_per_second;
  burst_ = std::max(settings.burst, 1U);
  const bool wanted = settings.per_client != 0 || settings.new_per_second != 0;
  if (wanted && shares() == nullptr) shares_.store(std::make_unique<ClientShares>(secret()).release());
  reconsider();
}

ConnectionLimits::Settings ConnectionLimits::settings() const noexcept {
  return {connections_.load(), per_client_.load(), new_per_second_.load(), burst_.load()};
}

ConnectionLimits::Counts ConnectionLimits::counts() const noexcept {
  return {too_many_.load(std::memory_order_relaxed), too_fast_.load(std::memory_order_relaxed),
          full_.load(std::memory_order_relaxed), descriptors_.load(std::memory_order_relaxed),
          last_refused_.load(std::memory_order_relaxed)};
}

std::uint32_t ConnectionLimits::low() const noexcept {
  const auto most = connections_.load();
  return most == 0 ? ~0U : most - std::max(most / slack_part, 1U);
}

// Shut for all workers at once: one that goes on would take every place that comes free, and the clients of the others would wait
// for ever.
bool ConnectionLimits::enter() noexcept {
  if (shut_.load()) return false;
  const auto most = connections_.load(std::memory_order_relaxed);
  auto held = held_.load(std::memory_order_relaxed);
  while (most == 0 || held < most)
    if (held_.compare_exchange_weak(held, held + 1)) return true;
  if (!shut_.exchange(true)) full_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void ConnectionLimits::leave() noexcept {
  held_.fetch_sub(1);
  if (shut_.load()) reconsider();
}

// Whoever shuts and whoever leaves both come here afterwards, so that one of them sees what the other did.
void ConnectionLimits::reconsider() noexcept {
  if (held_.load() > low() || !shut_.exchange(false)) return;
  for (auto* const door : doors_)
    if (door->anybody_.load()) door->worker_.post([door] { door->open(); });
}

bool ConnectionLimits::claim(ClientShares& shares, ClientShares::Spot spot, ClientKey client) noexcept {
  const auto most = per_client_.load(std::memory_order_relaxed);
  const auto rate = new_per_second_.load(std::memory_order_relaxed);
  if (!shares.take(spot, most == 0 ? ~0U : most)) {
    too_many_.fetch_add(1, std::memory_order_relaxed);
  } else if (rate != 0 && !shares.pace(spot, std::chrono::nanoseconds(std::chrono::seconds(1)) / rate,
                                       burst_.load(std::memory_order_relaxed), Clock::now())) {
    shares.leave(spot);
    too_fast_.fetch_add(1, std::memory_order_relaxed);
  } else {
    return true;
  }
  last_refused_.store(client, std::memory_order_relaxed);
  return false;
}

}  // namespace gw::net
