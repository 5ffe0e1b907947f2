#include "loadtest/drive/throttling.hpp"

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
  std::ostringstream text;
  text << std::ifstream("/proc/self/cgroup").rdbuf();
  std::ifstream stat(cpu_stat_path(text.str()));
  std::string name;
  for (std::uint64_t value = 0; stat >> name >> value;)
    if (name == "nr_throttled") return value;
  return 0;
}

}  // namespace loadtest::drive
