// Any bytes as an archive for /data: whatever they say, nothing outside of the folder is touched, and nothing but files, folders and links is
// made in it.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "gateway/net/descriptor.hpp"
#include "runtime/storage/unpack.hpp"

namespace fs = std::filesystem;

namespace {

struct Place {
  Place() {
    fs::create_directories(inside);
    fs::create_directory(beside);
  }
  ~Place() { fs::remove_all(around); }
  // In memory where there is such a file system.
  fs::path around =
      (fs::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/sp-fuzz-") + std::to_string(::getpid());
  fs::path inside = around / "inside";
  fs::path beside = around / "beside";
};

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Place place;
  fs::create_directory(place.inside);
  fs::create_directory_symlink(place.beside, place.inside / "way");
  std::ofstream(place.inside / "f") << "before";
  const gw::net::Descriptor root(::open(place.inside.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const bool replace = size != 0 && data[0] % 2 == 1;
  std::string_view left(reinterpret_cast<const char*>(data), size);
  if (!left.empty()) left.remove_prefix(1);
  const auto done = runtime::storage::unpack(root.get(), {.owner = ::geteuid(), .replace = replace, .room = 1 << 20},
                                             [&]() -> std::optional<std::string_view> {
                                               const auto piece = left.substr(0, 512);
                                               left.remove_prefix(piece.size());
                                               return piece;
                                             });
  check(done.bytes <= (1U << 20));
  check(fs::is_empty(place.beside));
  std::size_t around = 0;
  for (const auto& entry : fs::directory_iterator(place.around)) around += entry.exists() ? 1 : 0;
  check(around == 2);
  std::size_t there = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place.inside)) {
    struct stat status {};
    check(::lstat(entry.path().c_str(), &status) == 0);
    check(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISLNK(status.st_mode));
    check((status.st_mode & (S_ISUID | S_ISGID)) == 0);
    check(!entry.path().filename().string().starts_with(".spaceport-import-"));
    ++there;
  }
  check(there <= 2 + done.entries * 101 + 101);
  fs::remove_all(place.inside);
  return 0;
}
