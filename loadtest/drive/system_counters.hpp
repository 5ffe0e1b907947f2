#pragma once
// What the system has kept from this process: processor time, and packets.

#include <cstdint>
#include <string>

namespace loadtest::drive {

/// How many periods it was throttled in (`nr_throttled` of cpu.stat), ever; 0 where that is not known. Version 1 and 2 of control groups.
std::uint64_t throttled_periods();

/// `text` as in /proc/self/cgroup: where cpu.stat is, below /sys/fs/cgroup; empty: nowhere.
std::string cpu_stat_path(const std::string& text);

/// Packets that the kernel has thrown away, ever, because nobody took them fast enough: in its receive queues and in those of TCP. Of
/// everybody in this network namespace, for it does not tell them apart.
std::uint64_t receive_drops();

/// The sum of such counters in /proc/net/netstat (two lines for each group: names, then numbers).
std::uint64_t tcp_drops(const std::string& netstat);
/// Likewise in /proc/net/softnet_stat (a line for each core; the second number, hexadecimal).
std::uint64_t queue_drops(const std::string& softnet);

}  // namespace loadtest::drive
