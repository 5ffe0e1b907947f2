#include "loadtest/drive/system_counters.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace loadtest::drive {
namespace {

bool has_cpu(std::string_view controllers) {
  while (!controllers.empty()) {
    const auto end = controllers.find(',');
    if (controllers.substr(0, end) == "cpu") return true;
    controllers = end == std::string_view::npos ? std::string_view{} : controllers.substr(end + 1);
  }
  return false;
}

std::string whole(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::string cpu_stat_path(const std::string& text) {
  std::istringstream lines(text);
  std::string unified;
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto path = line.substr(second + 1);
    // Where both versions are mounted the controller is at version 1.
    if (has_cpu(controllers)) return "/sys/fs/cgroup/cpu" + path + "/cpu.stat";
    if (controllers.empty()) unified = "/sys/fs/cgroup" + path + "/cpu.stat";
  }
  return unified;
}

std::uint64_t throttled_periods() {
  std::ifstream stat(cpu_stat_path(whole("/proc/self/cgroup")));
  std::string name;
  for (std::uint64_t value = 0; stat >> name >> value;)
    if (name == "nr_throttled") return value;
  return 0;
}

std::uint64_t tcp_drops(const std::string& netstat) {
  std::istringstream lines(netstat);
  std::uint64_t sum = 0;
  for (std::string names, numbers; std::getline(lines, names) && std::getline(lines, numbers);) {
    std::istringstream name_words(names);
    std::istringstream number_words(numbers);
    std::string name;
    std::string number;
    while (name_words >> name && number_words >> number)
      if (name == "TCPBacklogDrop" || name == "TCPRcvQDrop") sum += std::strtoull(number.c_str(), nullptr, 10);
  }
  return sum;
}

std::uint64_t queue_drops(const std::string& softnet) {
  std::istringstream lines(softnet);
  std::uint64_t sum = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string processed;
    std::string dropped;
    if (words >> processed >> dropped) sum += std::strtoull(dropped.c_str(), nullptr, 16);
  }
  return sum;
}

std::uint64_t receive_drops() { return tcp_drops(whole("/proc/net/netstat")) + queue_drops(whole("/proc/net/softnet_stat")); }

}  // namespace loadtest::drive
