#include "loadtest/command/usage.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <mutex>
#include <sstream>
#include <stop_token>

#include "gateway/net/descriptor.hpp"

namespace loadtest::command {
namespace {

using measure::Nanoseconds;

constexpr std::chrono::milliseconds pace{500};

Nanoseconds wall_clock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Nanoseconds of(const timeval& time) noexcept { return Nanoseconds{time.tv_sec} * 1'000'000'000 + time.tv_usec * 1000; }

/// utime and stime of /proc/PID/stat: fields 14 and 15, counted behind the name, which may hold anything.
std::optional<Nanoseconds> used_by(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field != 14; ++field) rest >> skipped;
  Nanoseconds user = 0;
  Nanoseconds system = 0;
  if (!(rest >> user >> system)) return std::nullopt;
  return (user + system) * (1'000'000'000 / ::sysconf(_SC_CLK_TCK));
}

/// Whoever has bound the socket, as the kernel knows him.
std::optional<pid_t> listener_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const gw::net::Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!probe || ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::nullopt;  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.pid;
}

std::optional<Nanoseconds> number_in(const std::string& path) {
  std::ifstream file(path);
  Nanoseconds value = 0;
  if (!(file >> value)) return std::nullopt;
  return value;
}

/// `usage_usec` of a cpu.stat.
std::optional<Nanoseconds> microseconds_in(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  for (Nanoseconds value = 0; file >> name >> value;) {
    if (name == "usage_usec") return value * 1000;
  }
  return std::nullopt;
}

}  // namespace

Consumer this_process() {
  return {"generator", []() -> std::optional<Nanoseconds> {
            rusage used{};
            if (::getrusage(RUSAGE_SELF, &used) != 0) return std::nullopt;
            return of(used.ru_utime) + of(used.ru_stime);
          }};
}

Consumer listener_of(std::string name, const std::string& socket) {
  return {std::move(name), [process = listener_on(socket)]() -> std::optional<Nanoseconds> {
            return process ? used_by(*process) : std::nullopt;
          }};
}

// Where Docker makes them, with either of its drivers, in either version.
Consumer container_of(const std::string& id) {
  return {"container", [id]() -> std::optional<Nanoseconds> {
            for (const auto& group : {fmt::format("/docker/{}", id), fmt::format("/system.slice/docker-{}.scope", id)}) {
              if (auto used = number_in("/sys/fs/cgroup/cpuacct" + group + "/cpuacct.usage")) return used;
              if (auto used = microseconds_in("/sys/fs/cgroup" + group + "/cpu.stat")) return used;
            }
            return std::nullopt;
          }};
}

UsageSampler::UsageSampler(std::vector<Consumer> consumers) : consumers_(std::move(consumers)), seen_(consumers_.size()) {
  thread_ = std::jthread([this](const std::stop_token& end) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    while (!end.stop_requested()) {
      look();
      changed.wait_for(lock, end, pace, [] { return false; });
    }
    look();
  });
}

UsageSampler::~UsageSampler() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void UsageSampler::look() {
  for (std::size_t i = 0; i != consumers_.size(); ++i) {
    if (const auto used = consumers_[i].used()) seen_[i].push_back({wall_clock(), *used});
  }
}

std::vector<measure::Usage> UsageSampler::take(Nanoseconds began) {
  thread_.request_stop();
  thread_.join();
  std::vector<measure::Usage> made;
  for (std::size_t i = 0; i != consumers_.size(); ++i) {
    measure::Usage usage;
    usage.name = consumers_[i].name;
    for (std::size_t j = 1; j < seen_[i].size(); ++j) {
      const auto& before = seen_[i][j - 1];
      const auto& now = seen_[i][j];
      if (now.at <= before.at || now.at < began) continue;
      usage.points.push_back(
          {now.at - began, static_cast<double>(now.used - before.used) / static_cast<double>(now.at - before.at)});
    }
    if (!usage.points.empty()) made.push_back(std::move(usage));
  }
  return made;
}

}  // namespace loadtest::command
