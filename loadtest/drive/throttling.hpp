#pragma once
// Has the control group of this process run out of processor time?

#include <cstdint>
#include <string>

namespace loadtest::drive {

/// How many periods it was throttled in (`nr_throttled` of cpu.stat), ever; 0 where that is not known. Version 1 and 2 of control groups.
std::uint64_t throttled_periods();

/// `text` as in /proc/self/cgroup: where cpu.stat is, below /sys/fs/cgroup; empty: nowhere.
std::string cpu_stat_path(const std::string& text);

}  // namespace loadtest::drive
