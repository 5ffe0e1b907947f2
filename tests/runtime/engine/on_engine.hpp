#pragma once
// What tests on the real engine share: a worker, a client, and a way to wait for its answers.

#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "gateway/net/worker.hpp"
#include "runtime/engine/engine.hpp"

namespace runtime::engine {

/// Fails where no engine answers: a suite that quietly does nothing looks like one that passes.
class OnEngine : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::access("/var/run/docker.sock", W_OK), 0) << "needs a container engine, and the right to use it";
    ASSERT_EQ(::access("/bin/busybox", X_OK), 0) << "needs busybox-static";
  }

  /// Runs the worker until the answer is there.
  template <class T>
  Outcome<T> await(Answer<T> task) {
    std::optional<Outcome<T>> out;
    worker_.spawn(keep(std::move(task), out));
    worker_.context().restart();
    while (!out && worker_.context().run_one() != 0) {
    }
    return std::move(*out);
  }

  template <class T>
  static gw::net::Task<> keep(Answer<T> task, std::optional<Outcome<T>>& out) {
    out.emplace(co_await std::move(task));
  }

  gw::net::Worker worker_;
  std::unique_ptr<Engine> engine_ = make_docker_engine(worker_, {});
};

}  // namespace runtime::engine
