#pragma once
// The programs that every request passes through come before builds and apps when they wake.

#include <sys/types.h>

namespace runtime::supervise {

/// Raises the share of a process a little. Every build and every app sits below one control group whose weight is that of one process, so low
/// shares inside it do not help the gateway: during a build a request's 99th percentile was 3 to 5 ms, and 0.6 to 1.6 ms with this
/// (tests/bench/build_latency.py). Not root, or a process that is gone: nothing happens.
void favour(pid_t process);

}  // namespace runtime::supervise
