#include "loadtest/service/delay_list.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace loadtest::service {
namespace {

// Some thousands of requests: writing disturbs those that are being timed, so it is done rarely.
constexpr std::size_t enough = 256 << 10;

}  // namespace

DelayList::DelayList(const std::string& path) {
  if (path.empty()) return;
  file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file_) problem_ = "cannot write " + path + ": " + std::strerror(errno);
}

void DelayList::add(std::string_view id, measure::Nanoseconds delay, measure::Nanoseconds gap) {
  if (!file_) return;
  text_.append(id).append(" ").append(std::to_string(delay)).append(" ").append(std::to_string(gap)).append("\n");
  if (text_.size() >= enough) flush();
}

void DelayList::flush() noexcept {
  std::string_view rest = text_;
  while (!rest.empty()) {
    const auto n = ::write(file_.get(), rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;  // a full disk: what is missing will be missed
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  text_.clear();
}

}  // namespace loadtest::service
