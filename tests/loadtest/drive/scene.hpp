#pragma once
// A known-latency server on a thread of its own, and runs against it.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "loadtest/drive/run.hpp"
#include "loadtest/plan/url.hpp"
#include "loadtest/service/service.hpp"

namespace loadtest::drive::test {

using measure::Ending;
using measure::Metric;

inline constexpr Nanoseconds millisecond = 1'000'000;
inline constexpr Nanoseconds second = 1'000'000'000;

/// Serves until it is destroyed.
class Serving {
 public:
  explicit Serving(service::Settings settings = {}) : service_(worker_, std::move(settings)) {
    EXPECT_EQ("", service_.problem());
    thread_ = std::thread([this] { worker_.run(); });
  }
  ~Serving() { stop_thread(); }
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;

  std::uint16_t port() const { return service_.port(); }
  std::string url(const std::string& path = "/", const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(port()) + path;
  }
  /// Does something with it on its thread.
  void on_thread(std::function<void(service::Service&)> job) {
    worker_.post([this, job = std::move(job)] { job(service_); });
  }
  /// How many were answered, and the delays are written.
  std::uint64_t finish() {
    stop_thread();
    service_.stop();
    return service_.answered();
  }

 private:
  void stop_thread() {
    if (!thread_.joinable()) return;
    worker_.stop();
    thread_.join();
  }

  gw::net::Worker worker_{gw::net::Worker::Sleeps::in_poller};
  service::Service service_;
  std::thread thread_;
};

/// A closed loop of `connections` that asks `url` so many times.
inline Plan closed(const std::string& url, unsigned connections, std::uint64_t requests) {
  Plan plan;
  plan.load.connections = connections;
  plan.load.requests = requests;
  Lane lane;
  lane.targets.push_back(plan::parse_url(url).value.value());
  plan.lanes.push_back(std::move(lane));
  return plan;
}

/// An open loop: `rate` a second for so long.
inline Plan open(const std::string& url, double rate, Nanoseconds duration) {
  Plan plan = closed(url, 1, 0);
  plan.load.requests.reset();
  plan.load.open_loop = true;
  plan.load.stages = {{duration, rate}};
  return plan;
}

inline std::uint64_t ended_as(const Run& run, Ending ending, std::size_t lane = 0) {
  return run.lanes[lane].series.by_ending()[static_cast<std::size_t>(ending)];
}

inline std::uint64_t with_status(const Run& run, std::uint16_t status, std::size_t lane = 0) {
  for (const auto& one : run.lanes[lane].series.codes())
    if (one.code == status) return one.count;
  return 0;
}

inline Nanoseconds percentile(const Run& run, Metric metric, double percent, std::size_t lane = 0) {
  return static_cast<Nanoseconds>(run.lanes[lane].series.total(metric).value_at_percentile(percent));
}

/// A file that goes with its test.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name)
      : path_((std::filesystem::temp_directory_path() / (name + "." + std::to_string(::getpid()))).string()) {}
  ~ScratchFile() { std::filesystem::remove(path_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace loadtest::drive::test
