#pragma once

#include "gateway/net/task.hpp"

namespace gw::net {

/// Something to be done by a coroutine that nobody awaits (`Worker::start`).
class Job {
 public:
  /// May destroy the job before it ends. An exception that leaves it is a bug of ours: it is logged and swallowed.
  virtual Task<> run() = 0;

 protected:
  ~Job() = default;
};

}  // namespace gw::net
