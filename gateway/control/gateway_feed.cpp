// How the gateway is told of sites. Part of class Gateway.

#include "gateway/control/gateway.hpp"
#include "gateway/control/say.hpp"
#include "gateway/net/timer.hpp"

namespace gw::control {

using net::Task;

Task<Change> Gateway::put_site(std::string id, std::string json) {
  auto change = sites_.put(id, json);
  if (change.problems.empty()) follow_rest(id, change.changed);
  // Named, here and below: GCC 12 destroys a temporary closure inside a co_await expression twice (GCC bug 107288).
  const std::function<void(WorkerThread&)> use_new = [snapshot = sites_.snapshot(), change](WorkerThread& worker) {
    worker.use(snapshot, change);
  };
  if (change.changed && prober_) prober_->follow(sites_.probes(), change.probes);
  if (change.changed) co_await post_to_all(use_new);
  co_return change;
}

Task<Change> Gateway::erase_site(std::string id) {
  auto change = sites_.erase(id);
  if (change.changed) follow_rest(id, true);
  const std::function<void(WorkerThread&)> use_new = [snapshot = sites_.snapshot(), change](WorkerThread& worker) {
    worker.use(snapshot, change);
  };
  if (change.changed && prober_) prober_->follow(sites_.probes(), change.probes);
  if (change.changed) co_await post_to_all(use_new);
  co_return change;
}

Task<> Gateway::complete() {
  const auto change = sites_.complete();
  const std::function<void(WorkerThread&)> use_new = [snapshot = sites_.snapshot()](WorkerThread& worker) {
    worker.use(snapshot, Change{});
    worker.release();
  };
  if (change.changed) co_await post_to_all(use_new);
}

// A feed that does not come must not keep visitors waiting: they are told that it has not come.
Task<> Gateway::end_hold(std::chrono::milliseconds after) {
  net::Timer timer(main_);
  co_await timer.wait(after);
  if (sites_.snapshot()->complete) co_return;
  say("not all sites have been told yet; hosts that are not known are answered with 503 until they are");
  const std::function<void(WorkerThread&)> release = [](WorkerThread& worker) { worker.release(); };
  co_await post_to_all(release);
}

}  // namespace gw::control
