#include "runtime/state/state_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "runtime/state/trouble.hpp"

namespace runtime::state {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

// sockaddr_un holds 108 bytes with its end; the longest socket name of ours must fit behind the run folder.
constexpr std::size_t longest_socket_path = 107;

void make_folder(const fs::path& folder, mode_t mode) {
  std::error_code error;
  const bool created = fs::create_directories(folder, error);
  if (error) {
    throw Trouble(Kind::unavailable, fmt::format("the folder {} cannot be made: {}", folder.string(), error.message()),
                  "choose another place with --state DIR, or run as a user who may write there", folder.string());
  }
  // Only folders that are ours from the start get their mode changed: `--state /tmp` must not lock others out of /tmp.
  if (created && ::chmod(folder.c_str(), mode) != 0) {
    throw Trouble(Kind::unavailable, fmt::format("the mode of {} cannot be set: {}", folder.string(), std::strerror(errno)), {},
                  folder.string());
  }
}

}  // namespace

Surroundings surroundings() {
  return {::geteuid() == 0, environment("HOME"), environment("XDG_STATE_HOME"), environment("XDG_CONFIG_HOME"),
          environment("XDG_RUNTIME_DIR")};
}

Layout layout(const std::optional<fs::path>& state_option, const Surroundings& from) {
  if (state_option) {
    const fs::path state = fs::absolute(*state_option).lexically_normal();
    return {state, state / "run", state / "spaceport.yaml"};
  }
  if (from.root) return {"/var/lib/spaceport", "/run/spaceport", "/etc/spaceport/spaceport.yaml"};
  // XDG base directories, with the defaults that the specification names.
  const fs::path home = from.home.empty() ? fs::path("/") : fs::path(from.home);
  const fs::path state = from.xdg_state_home.empty() ? home / ".local/state" : fs::path(from.xdg_state_home);
  const fs::path config = from.xdg_config_home.empty() ? home / ".config" : fs::path(from.xdg_config_home);
  const fs::path run =
      from.xdg_runtime_dir.empty() ? state / "spaceport" / "run" : fs::path(from.xdg_runtime_dir) / "spaceport";
  return {state / "spaceport", run, config / "spaceport" / "spaceport.yaml"};
}

StateFolder::StateFolder(Layout layout) : layout_(std::move(layout)) {
  if (layout_.registrar_socket().string().size() > longest_socket_path) {
    throw Trouble(Kind::bad_input, fmt::format("the path {} is too long for a socket", layout_.run.string()),
                  "choose a shorter --state DIR", layout_.run.string());
  }
  // The folder above the sockets may be entered by the gateway's user; what lies in it has its own, stricter modes.
  make_folder(layout_.state, layout_.run.parent_path() == layout_.state ? 0711 : 0700);
  make_folder(layout_.run, 0711);
  make_folder(layout_.logs(), 0700);
  lock_ = ::open(layout_.lock_file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) {
    throw Trouble(Kind::unavailable, fmt::format("{} cannot be opened: {}", layout_.lock_file().string(), std::strerror(errno)),
                  "choose another place with --state DIR, or run as a user who may write there", layout_.lock_file().string());
  }
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    lock_ = -1;
    throw Trouble(Kind::conflict, fmt::format("another `spaceport serve` uses {}", layout_.state.string()),
                  "use that one, stop it first, or give this one a folder of its own with --state DIR", layout_.state.string());
  }
}

StateFolder::~StateFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace runtime::state
