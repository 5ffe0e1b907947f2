#pragma once
// Gunther's Universal Scalability Law, fitted: a model of what was measured, never the result.

#include <optional>
#include <span>

namespace loadtest::measure {

/// How many were at work, and what they got done a second.
struct LoadPoint {
  double concurrency = 0;
  double throughput = 0;
};

/// X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)).
struct Scalability {
  double lambda = 0;  ///< throughput of one
  double sigma = 0;   ///< contention: the share that only one can do at a time
  double kappa = 0;   ///< coherency: what each pays for each of the others
  double r_squared = 0;

  double at(double concurrency) const noexcept;
  /// Where throughput is greatest; nothing when more is always better.
  std::optional<double> peak() const noexcept;
};

/// Least squares, with no negative coefficient. Nothing for fewer than six points, or points that say nothing about scaling.
std::optional<Scalability> fit_scalability(std::span<const LoadPoint> points);

}  // namespace loadtest::measure
