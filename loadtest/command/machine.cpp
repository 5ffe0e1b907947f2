#include "loadtest/command/machine.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace loadtest::command {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (!line.starts_with("model name")) continue;
    const auto colon = line.find(": ");
    return colon == std::string::npos ? std::string{} : line.substr(colon + 2);
  }
  return {};
}

}  // namespace

boost::json::object this_machine() {
  boost::json::object out;
  utsname names{};
  if (::uname(&names) == 0) {
    out["name"] = static_cast<const char*>(names.nodename);
    out["system"] = fmt::format("{} {} {}", static_cast<const char*>(names.sysname), static_cast<const char*>(names.release),
                                static_cast<const char*>(names.machine));
  }
  out["processor"] = processor();
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) out["cores"] = CPU_COUNT(&allowed);
  out["memory_bytes"] = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGE_SIZE);
  return out;
}

}  // namespace loadtest::command
