#include "loadtest/command/request_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <mutex>

#include "loadtest/command/mistake.hpp"
#include "loadtest/report/csv.hpp"

namespace loadtest::command {
namespace {

// Often enough that a ring lasts at any rate that one thread can make, rarely enough to cost nothing.
constexpr std::chrono::milliseconds pace{10};
constexpr std::size_t piece = 64 << 10;
constexpr std::chrono::milliseconds look{50};

}  // namespace

RequestFile::RequestFile(std::string path, unsigned threads, std::chrono::milliseconds patience)
    : path_(std::move(path)), patience_(patience) {
  if (path_.empty()) return;
  file_ = path_ == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                       : ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file_ < 0) throw Mistake(fmt::format("--csv {}: cannot be written: {}", path_, std::strerror(errno)));
  struct stat about {};
  plain_ = ::fstat(file_, &about) == 0 && S_ISREG(about.st_mode);
  tape_.emplace(threads);
  pending_ = report::csv_head();
  lines_ = 1;
  thread_ = std::jthread([this](const std::stop_token& end) { write_while_they_come(end); });
}

RequestFile::~RequestFile() {
  finish();
  if (file_ >= 0) ::close(file_);
}

void RequestFile::write_while_they_come(const std::stop_token& end) {
  // A reader that goes away is an error of ours to tell, and not our end.
  sigset_t broken;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken, nullptr);
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  bool good = drain(end);
  while (good && !end.stop_requested()) {
    changed.wait_for(lock, end, pace, [] { return false; });
    good = drain(end);
  }
  // Until the ring was empty once after the last request was put.
  if (good) drain(end);
}

bool RequestFile::drain(const std::stop_token& end) {
  bool good = true;
  tape_->each([&](const drive::Tape::Entry& entry) {
    pending_ += report::csv_line(entry.sample, entry.lane);
    ++lines_;
    good = pending_.size() < piece || flush(end);
    return good;
  });
  return good && flush(end);
}

/// Until it takes something; false: the run has been over for as long as is waited.
bool RequestFile::wait_for_room(const std::stop_token& end) {
  if (plain_) return true;
  for (;;) {
    if (end.stop_requested()) {
      const auto now = std::chrono::steady_clock::now();
      if (!until_) until_ = now + patience_;
      if (now >= *until_) return false;
    }
    pollfd watched{file_, POLLOUT, 0};
    if (::poll(&watched, 1, static_cast<int>(look.count())) > 0) return true;
  }
}

bool RequestFile::flush(const std::stop_token& end) {
  std::size_t done = 0;
  while (done != pending_.size() && error_ == 0 && wait_for_room(end)) {
    // A pipe that has room has it for so much, and takes it at once.
    const auto size = plain_ ? pending_.size() - done : std::min<std::size_t>(pending_.size() - done, PIPE_BUF);
    const auto wrote = ::write(file_, pending_.data() + done, size);
    if (wrote > 0)
      done += static_cast<std::size_t>(wrote);
    else if (errno != EINTR && errno != EAGAIN)
      error_ = errno;
  }
  pending_.erase(0, done);
  return pending_.empty();
}

std::string RequestFile::finish() {
  if (!thread_.joinable()) return {};
  thread_.request_stop();
  thread_.join();
  // The head is a line too, on both sides.
  const auto unwritten = static_cast<std::uint64_t>(std::ranges::count(pending_, '\n'));
  const auto all = tape_->put_in_all() + 1;
  const auto missing = all - (lines_ - unwritten);
  if (missing == 0) return {};
  return fmt::format("{} of {} requests are not in {}: {}", std::min(missing, all - 1), all - 1, path_,
                     error_ != 0 ? std::strerror(error_) : "it could not be written as fast as they ended");
}

void RequestFile::check() const {
  if (error_ == 0) return;
  throw Mistake(fmt::format("--csv {}: cannot be written: {}", path_, std::strerror(error_)), {}, Exit::failed);
}

}  // namespace loadtest::command
