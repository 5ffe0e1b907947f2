#include "runtime/supervise/favour.hpp"

#include <sys/resource.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace runtime::supervise {

void favour(pid_t process) {
  // Three times the weight: ahead when it wakes, and no more than three quarters of a CPU that all want.
  constexpr int niceness = -5;
  const std::filesystem::path proc = "/proc/" + std::to_string(process);
  std::error_code gone;
  for (const auto& task : std::filesystem::directory_iterator(proc / "task", gone)) {
    const std::string number = task.path().filename().string();
    id_t thread = 0;
    std::from_chars(number.data(), number.data() + number.size(), thread);
    ::setpriority(PRIO_PROCESS, thread, niceness);
  }
  // Where the kernel groups tasks by session, niceness only counts inside of one: the session has its own (sched(7)).
  std::ofstream(proc / "autogroup") << niceness;
}

}  // namespace runtime::supervise
