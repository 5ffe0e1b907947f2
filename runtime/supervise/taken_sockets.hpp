#pragma once
// The listening sockets of a process that we did not start: a gateway that has outlived the `serve` before us.

#include <sys/types.h>

#include <vector>

namespace runtime::supervise {

/// Descriptors of our own for each of its listening TCP sockets; empty when it has none, or when they are not ours to take
/// (pidfd_getfd(2) asks for what ptrace(2) asks for).
std::vector<int> listening_sockets_of(pid_t pid);

}  // namespace runtime::supervise
