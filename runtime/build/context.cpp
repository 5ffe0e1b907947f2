#include "runtime/build/context.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "gateway/net/waiter.hpp"

namespace runtime::build {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t piece_size = 64 * 1024;
constexpr std::size_t most_pieces = 8;

struct PackError {
  std::string message;
};
/// Thrown inside the packing thread only, when nobody reads any more.
struct Stopped {};

using Sink = std::function<bool(std::string_view)>;

class Packer {
 public:
  Packer(const ContextOptions& options, Sink sink, std::vector<std::string>& warnings)
      : options_(options),
        sink_(std::move(sink)),
        warnings_(warnings),
        archive_(archive_write_new()),
        entry_(archive_entry_new()) {}
  ~Packer() {
    archive_entry_free(entry_);
    archive_write_free(archive_);
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void pack() {
    archive_write_set_format_gnutar(archive_);
    archive_write_set_bytes_per_block(archive_, static_cast<int>(piece_size));
    archive_write_set_bytes_in_last_block(archive_, 1);
    check(archive_write_open2(archive_, this, nullptr, write, nullptr, nullptr));
    folder("");
    check(archive_write_close(archive_));
  }

 private:
  static la_ssize_t write(archive* to, void* self, const void* bytes, std::size_t size) {
    auto& packer = *static_cast<Packer*>(self);
    if (packer.sink_({static_cast<const char*>(bytes), size})) return static_cast<la_ssize_t>(size);
    archive_set_error(to, EPIPE, "stopped");
    packer.stopped_ = true;
    return -1;
  }

  void check(int result) {
    if (result >= ARCHIVE_WARN) return;
    if (stopped_) throw Stopped{};
    const char* text = archive_error_string(archive_);
    throw PackError{"cannot pack the build context: " + std::string(text != nullptr ? text : "unknown error")};
  }

  void folder(const std::string& relative) {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator at(options_.folder / relative, error), end; !error && at != end; at.increment(error))
      names.push_back(at->path().filename().string());
    if (error) throw PackError{"cannot read the folder " + (options_.folder / relative).string() + ": " + error.message()};
    std::ranges::sort(names);
    for (const auto& name : names) one(relative.empty() ? name : relative + "/" + name);
  }

  bool wanted(const std::string& relative) const {
    return !options_.ignore.excludes(relative) || std::ranges::find(options_.always, relative) != options_.always.end();
  }

  bool may_hold_wanted(const std::string& folder) const {
    const auto below = [&folder](const std::string& path) { return path.starts_with(folder + "/"); };
    return options_.ignore.may_take_back_below(folder) || std::ranges::any_of(options_.always, below);
  }

  void one(const std::string& relative) {
    const auto path = options_.folder / relative;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) throw PackError{"cannot read " + path.string() + ": " + std::strerror(errno)};
    const bool take = wanted(relative);
    if (S_ISDIR(status.st_mode)) {
      if (take) header(relative, status, 0);
      if (take || may_hold_wanted(relative)) folder(relative);
      return;
    }
    if (!take) return;
    if (S_ISLNK(status.st_mode)) return link(relative, status);
    if (!S_ISREG(status.st_mode)) return warnings_.push_back(relative + " is neither file, folder nor link and is left out");
    if (const auto other = options_.replacements.find(relative); other != options_.replacements.end()) {
      header(relative, status, other->second.size());
      return data(other->second);
    }
    file(relative, status);
  }

  void header(const std::string& relative, const struct stat& status, std::size_t size) {
    archive_entry_clear(entry_);
    archive_entry_set_pathname(entry_, relative.c_str());
    archive_entry_set_mode(entry_, status.st_mode);
    archive_entry_set_size(entry_, static_cast<la_int64_t>(size));
    archive_entry_set_mtime(entry_, status.st_mtime, 0);
    // Whose files these are on this machine is nobody's business in the image.
    archive_entry_set_uid(entry_, 0);
    archive_entry_set_gid(entry_, 0);
    check(archive_write_header(archive_, entry_));
  }

  void link(const std::string& relative, const struct stat& status) {
    std::error_code error;
    const auto target = fs::read_symlink(options_.folder / relative, error);
    if (error) throw PackError{"cannot read the link " + relative + ": " + error.message()};
    archive_entry_clear(entry_);
    archive_entry_set_pathname(entry_, relative.c_str());
    archive_entry_set_mode(entry_, status.st_mode);
    archive_entry_set_symlink(entry_, target.c_str());
    archive_entry_set_mtime(entry_, status.st_mtime, 0);
    check(archive_write_header(archive_, entry_));
  }

  void data(std::string_view bytes) {
    if (!bytes.empty() && archive_write_data(archive_, bytes.data(), bytes.size()) < 0) check(ARCHIVE_FATAL);
  }

  void file(const std::string& relative, const struct stat& status) {
    const auto path = options_.folder / relative;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) throw PackError{"cannot read " + path.string() + ": " + std::strerror(errno)};
    const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* open) { ::close(*open); });
    auto left = static_cast<std::size_t>(status.st_size);
    header(relative, status, left);
    std::string buffer(piece_size, '\0');
    while (left != 0) {
      const auto n = ::read(fd, buffer.data(), std::min(buffer.size(), left));
      if (n < 0) throw PackError{"cannot read " + path.string() + ": " + std::strerror(errno)};
      if (n == 0) throw PackError{path.string() + " became shorter while it was packed"};
      data({buffer.data(), static_cast<std::size_t>(n)});
      left -= static_cast<std::size_t>(n);
    }
  }

  const ContextOptions& options_;
  Sink sink_;
  std::vector<std::string>& warnings_;
  archive* archive_;
  archive_entry* entry_;
  bool stopped_ = false;
};

}  // namespace

struct ContextStream::State {
  State(gw::net::Worker& on, ContextOptions given) : worker(on), options(std::move(given)) {}

  gw::net::Worker& worker;
  ContextOptions options;
  std::mutex mutex;
  std::condition_variable room;
  std::deque<std::string> pieces;
  bool finished = false;
  bool stop = false;
  std::string error;
  std::vector<std::string> warnings;
  gw::net::Waiter reader;  // of the worker's thread
  // The thread posts through this; it is told when the stream has gone.
  std::shared_ptr<State*> alive = std::make_shared<State*>(this);
  std::thread thread;

  void wake() {
    boost::asio::post(worker.executor(), [handle = alive] {
      if (*handle != nullptr) (*handle)->reader.notify();
    });
  }

  bool put(std::string_view bytes) {
    std::unique_lock lock(mutex);
    room.wait(lock, [this] { return stop || pieces.size() < most_pieces; });
    if (stop) return false;
    pieces.emplace_back(bytes);
    lock.unlock();
    wake();
    return true;
  }

  void run() {
    std::string failed;
    try {
      Packer packer(
          options, [this](std::string_view bytes) { return put(bytes); }, warnings);
      packer.pack();
    } catch (const PackError& why) {
      failed = why.message;
    } catch (const Stopped&) {
      failed = "stopped";
    } catch (const std::exception& why) {
      failed = why.what();
    }
    {
      const std::lock_guard lock(mutex);
      finished = true;
      error = failed;
    }
    wake();
  }
};

ContextStream::ContextStream(gw::net::Worker& worker, ContextOptions options)
    : state_(std::make_unique<State>(worker, std::move(options))) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

ContextStream::~ContextStream() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop = true;
  }
  state_->room.notify_all();
  state_->thread.join();
  *state_->alive = nullptr;
}

engine::Answer<std::string> ContextStream::next() {
  for (;;) {
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->pieces.empty()) {
        auto piece = std::move(state_->pieces.front());
        state_->pieces.pop_front();
        state_->room.notify_one();
        co_return piece;
      }
      if (state_->finished) {
        if (!state_->error.empty()) co_return engine::Error{0, state_->error, {}};
        co_return std::string();
      }
    }
    co_await state_->reader.wait();
  }
}

const std::vector<std::string>& ContextStream::warnings() const { return state_->warnings; }

std::string pack_all(const ContextOptions& options, std::vector<std::string>* warnings) {
  std::string out;
  std::vector<std::string> unused;
  Packer packer(
      options, [&out](std::string_view bytes) { return out.append(bytes), true; }, warnings != nullptr ? *warnings : unused);
  packer.pack();
  return out;
}

}  // namespace runtime::build
