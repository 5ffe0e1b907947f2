#include "loadtest/measure/scalability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace loadtest::measure {
namespace {

constexpr std::size_t fewest_points = 6;

double squares_of(const Scalability& fit, std::span<const LoadPoint> points) {
  double sum = 0;
  for (const LoadPoint& point : points) sum += std::pow(point.throughput - fit.at(point.concurrency), 2);
  return sum;
}

using Matrix = std::array<std::array<double, 4>, 3>;

/// Gauss, with pivots. False: no solution.
bool solve(Matrix& rows) {
  for (std::size_t column = 0; column != 3; ++column) {
    const auto pivot =
        std::max_element(rows.begin() + static_cast<std::ptrdiff_t>(column), rows.end(),
                         [&](const auto& a, const auto& b) { return std::abs(a[column]) < std::abs(b[column]); });
    if (std::abs((*pivot)[column]) < 1e-300) return false;
    std::swap(*pivot, rows[column]);
    for (std::size_t row = 0; row != 3; ++row) {
      if (row == column) continue;
      const double factor = rows[row][column] / rows[column][column];
      for (std::size_t i = column; i != 4; ++i) rows[row][i] -= factor * rows[column][i];
    }
  }
  for (std::size_t row = 0; row != 3; ++row) rows[row][3] /= rows[row][row];
  return true;
}

/// Gunther's way: N / X is a polynomial of N - 1 with coefficients that say where to begin.
Scalability start(std::span<const LoadPoint> points) {
  Matrix rows{};
  for (const LoadPoint& point : points) {
    const double x = point.concurrency - 1, y = point.concurrency / point.throughput;
    const std::array powers = {1.0, x, x * x};
    for (std::size_t row = 0; row != 3; ++row) {
      for (std::size_t column = 0; column != 3; ++column) rows[row][column] += powers[row] * powers[column];
      rows[row][3] += powers[row] * y;
    }
  }
  double best = 0;
  for (const LoadPoint& point : points) best = std::max(best, point.throughput / point.concurrency);
  Scalability begin{best, 0.01, 0.0001, 0};
  if (!solve(rows) || rows[0][3] <= 0) return begin;
  begin.lambda = 1 / rows[0][3];
  begin.kappa = std::max(0.0, rows[2][3] * begin.lambda);
  begin.sigma = std::max(0.0, rows[1][3] * begin.lambda - begin.kappa);
  return begin;
}

/// One step of Levenberg and Marquardt.
Scalability step(const Scalability& from, std::span<const LoadPoint> points, double damping) {
  Matrix rows{};
  for (const LoadPoint& point : points) {
    const double n = point.concurrency;
    const double below = 1 + from.sigma * (n - 1) + from.kappa * n * (n - 1);
    const std::array slope = {n / below, -from.lambda * n * (n - 1) / (below * below),
                              -from.lambda * n * n * (n - 1) / (below * below)};
    for (std::size_t row = 0; row != 3; ++row) {
      for (std::size_t column = 0; column != 3; ++column) rows[row][column] += slope[row] * slope[column];
      rows[row][3] += slope[row] * (point.throughput - from.at(n));
    }
  }
  for (std::size_t i = 0; i != 3; ++i) rows[i][i] *= 1 + damping;
  if (!solve(rows)) return from;
  return {std::max(1e-12, from.lambda + rows[0][3]), std::max(0.0, from.sigma + rows[1][3]),
          std::max(0.0, from.kappa + rows[2][3]), 0};
}

}  // namespace

double Scalability::at(double concurrency) const noexcept {
  return lambda * concurrency / (1 + sigma * (concurrency - 1) + kappa * concurrency * (concurrency - 1));
}

std::optional<double> Scalability::peak() const noexcept {
  if (kappa <= 0 || sigma >= 1) return {};
  return std::sqrt((1 - sigma) / kappa);
}

std::optional<Scalability> fit_scalability(std::span<const LoadPoint> points) {
  if (points.size() < fewest_points) return {};
  double mean = 0;
  for (const LoadPoint& point : points) {
    if (point.concurrency <= 0 || point.throughput <= 0) return {};
    mean += point.throughput / static_cast<double>(points.size());
  }
  Scalability best = start(points);
  double least = squares_of(best, points), damping = 1e-3;
  for (int i = 0; i != 200 && damping < 1e12; ++i) {
    const Scalability next = step(best, points, damping);
    const double squares = squares_of(next, points);
    if (squares < least) {
      best = next;
      least = squares;
      damping /= 5;
    } else {
      damping *= 4;
    }
  }
  double spread = 0;
  for (const LoadPoint& point : points) spread += std::pow(point.throughput - mean, 2);
  if (spread == 0) return {};
  best.r_squared = 1 - least / spread;
  return best;
}

}  // namespace loadtest::measure
