// What the gateway says about itself when asked: each worker is posted to, and says what it has counted.

#include <unistd.h>

#include <boost/asio/post.hpp>

#include "gateway/control/gateway.hpp"
#include "gateway/control/limit_report.hpp"
#include "gateway/control/metrics.hpp"
#include "gateway/control/say.hpp"
#include "gateway/net/timer.hpp"

namespace gw::control {

using net::Task;

Task<boost::json::object> Gateway::status() {
  const auto sum = std::make_shared<WorkerReport>();
  const std::function<void(WorkerThread&)> ask = [this, sum](WorkerThread& worker) {
    boost::asio::post(main_.context(), [sum, report = worker.report()] { sum->add(report); });
  };
  co_await post_to_all(ask);
  auto result = sites_.status();
  result["version"] = SPACEPORT_VERSION;
  result["pid"] = ::getpid();
  result["workers"] = workers_.size();
  result["draining"] = draining_;
  result["listeners"] = boost::json::value_from(listening_.addresses());
  result["connections"] = sum->connections;
  result["accepted"] = sum->accepted;
  result["connection_limits"] = limit_status(*limits_);
  result["requests"] = sum->counters.requests;
  result["failures"] = sum->counters.failures;
  result["in_flight"] = sum->counters.in_flight;
  result["pooled"] = sum->counters.pooled;
  result["dropped_log_lines"] = sum->counters.dropped_log_lines;
  co_return result;
}

Task<std::string> Gateway::metrics() {
  const auto upstreams = sites_.upstreams();
  const auto tallies = std::make_shared<const Tallies>(tallies_of(upstreams));
  const auto readings = std::make_shared<Readings>();
  const std::function<void(WorkerThread&)> ask = [this, readings, tallies](WorkerThread& worker) {
    boost::asio::post(main_.context(), [readings, tallies, report = worker.report(), counts = worker.counts(*tallies)] {
      read_worker(*readings, *tallies, report, counts);
    });
  };
  co_await post_to_all(ask);
  read_upstreams(*readings, upstreams);
  readings->most_connections = limits_->settings().connections;
  readings->limits = limits_->counts();
  readings->wakes_asked = wakes_asked_;
  readings->workers = workers_.size();
  readings->draining = draining_;
  readings->process = process_use();
  readings->started = std::chrono::duration<double>(started_.time_since_epoch()).count();
  co_return metrics_text(*readings);
}

// Workers only count: a line that standard error does not take would make them wait.
Task<> Gateway::tell_of_limits() {
  net::Timer timer(main_);
  LimitWarnings warnings;
  for (;;) {
    co_await timer.wait(std::chrono::seconds(1));
    for (const auto& line : warnings.look(limits_->counts(), limits_->settings(), net::Clock::now())) say(line);
  }
}

}  // namespace gw::control
