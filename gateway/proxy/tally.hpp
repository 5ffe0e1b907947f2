#pragma once
// What is counted for one site, for metrics. Shared by the snapshots that have the site, so a reload keeps it, and gone with the
// last of them. Each worker writes its own part, without atomics; to read it, post to the worker.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/net/deadline.hpp"
#include "gateway/net/result.hpp"

namespace gw::proxy {

/// What became of one exchange.
struct Ended {
  std::uint16_t status = 0;
  std::optional<net::Code> cause;  ///< why the gateway failed it; nothing: it did not
  net::Clock::duration took{};
  bool tunnel = false;  ///< lasts as long as people talk: says nothing about how fast anybody is
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

struct SiteCounts {
  /// Upper bounds of the buckets of durations; one more is for all that took longer. From what a local app needs to what a
  /// model may, few enough for ten thousand sites.
  static constexpr std::array<std::chrono::milliseconds, 7> bounds{
      std::chrono::milliseconds(5),     std::chrono::milliseconds(25),    std::chrono::milliseconds(100),
      std::chrono::milliseconds(500),   std::chrono::milliseconds(2'500), std::chrono::milliseconds(10'000),
      std::chrono::milliseconds(60'000)};

  std::array<std::uint64_t, 6> by_class{};              ///< [2] are the 2xx; [0] are those without any status
  std::array<std::uint64_t, bounds.size() + 1> took{};  ///< exchanges in each bucket, not cumulated; without tunnels
  std::chrono::microseconds took_together{};            ///< likewise
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::vector<std::uint64_t> causes;  ///< by net::Code; empty before the first failure

  void ended(const Ended& exchange);
  void add(const SiteCounts& more);
};

class Tally {
 public:
  enum class Of : std::uint8_t { one_site, many_sites };

  /// `label` names it in the metrics.
  Tally(std::string label, std::size_t workers, Of of = Of::one_site)
      : label_(std::move(label)),
        of_(of),
        workers_(workers),
        parts_(std::make_unique<std::unique_ptr<SiteCounts>[]>(workers)) {}

  const std::string& label() const noexcept { return label_; }
  Of of() const noexcept { return of_; }

  /// The part of worker number `worker`, on its thread.
  SiteCounts& at(std::size_t worker) {
    auto& part = parts_[worker];
    if (!part) part = std::make_unique<SiteCounts>();
    return *part;
  }
  /// Likewise; null: nothing was counted there.
  const SiteCounts* seen(std::size_t worker) const noexcept { return worker < workers_ ? parts_[worker].get() : nullptr; }

 private:
  const std::string label_;
  const Of of_;
  const std::size_t workers_;
  /// Made at the first request: most sites are visited by few workers.
  const std::unique_ptr<std::unique_ptr<SiteCounts>[]> parts_;
};

}  // namespace gw::proxy
