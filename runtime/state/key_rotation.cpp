#include "runtime/state/key_rotation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "runtime/state/trouble.hpp"

namespace runtime::state {
namespace {

namespace fs = std::filesystem;

fs::path next_key(const Layout& layout) { return layout.key_file().string() + ".next"; }

// A name is on the disk when its folder is.
void sync_folder(const fs::path& folder) {
  const int open = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (open < 0) return;
  ::fsync(open);
  ::close(open);
}

void put_in_place(const Layout& layout) {
  if (::rename(next_key(layout).c_str(), layout.key_file().c_str()) != 0) {
    throw Trouble(
        Kind::unavailable,
        fmt::format("{} cannot be put in the place of {}: {}", next_key(layout).string(), layout.key_file().string(),
                    std::strerror(errno)),
        "leave both files where they are, free the way, and start serve again: the secrets are sealed with the first");
  }
  sync_folder(layout.state);
}

// The key that the database is of, as far as it was ever changed.
std::string key_of(const fs::path& database) {
  std::error_code error;
  if (!fs::exists(database, error)) return {};
  Connection connection(database);
  if (!connection.prepare("SELECT 1 FROM sqlite_master WHERE name = 'meta'").step()) return {};
  Statement row = connection.prepare("SELECT value FROM meta WHERE key = 'key'");
  return row.step() ? row.text(0) : std::string();
}

}  // namespace

void rotate_key(SecretBox& box, Database& database, const Layout& layout, const std::function<void(RotationStep)>& after) {
  const auto reached = [&](RotationStep step) {
    if (after) after(step);
  };
  std::error_code gone;
  fs::remove(next_key(layout), gone);
  const SecretBox fresh(next_key(layout));
  sync_folder(layout.state);
  reached(RotationStep::key_written);
  try {
    database.reseal(fresh, [&] { reached(RotationStep::one_resealed); });
  } catch (...) {
    fs::remove(next_key(layout), gone);
    throw;
  }
  // From here on the new key holds, whatever becomes of its file.
  box.become(fresh);
  reached(RotationStep::committed);
  put_in_place(layout);
  reached(RotationStep::key_replaced);
}

fs::path settle_key(const Layout& layout) {
  std::error_code error;
  if (fs::exists(next_key(layout), error)) {
    if (key_of(layout.database()) == SecretBox(next_key(layout)).id())
      put_in_place(layout);
    else
      fs::remove(next_key(layout), error);
  }
  return layout.key_file();
}

}  // namespace runtime::state
