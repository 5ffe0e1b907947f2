#include "gateway/control/process_use.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gw::control {
namespace {

double seconds(const timeval& time) noexcept {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

ProcessUse process_use() {
  ProcessUse use;
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident)
    use.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error))
    ++use.descriptors;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) use.most_descriptors = limit.rlim_cur;
  rusage spent{};
  if (::getrusage(RUSAGE_SELF, &spent) == 0) use.cpu_seconds = seconds(spent.ru_utime) + seconds(spent.ru_stime);
  return use;
}

}  // namespace gw::control
