#include "gateway/net/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gateway/net/descriptor.hpp"

namespace gw::net {

// A certificate chain with its comments has a few KiB. What is longer is another file, or one without an end.
constexpr std::size_t largest_file = 4 << 20;

std::optional<std::string> read_whole_file(const std::string& path, std::string& reason) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  std::string text;
  std::array<char, 16 * 1024> piece{};
  bool good = file && ::fstat(file.get(), &status) == 0;
  if (good && !S_ISREG(status.st_mode)) {
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    good = false;
  }
  while (good) {
    const auto n = ::read(file.get(), piece.data(), piece.size());
    if (n == 0) return text;
    good = n > 0 && text.size() < largest_file;
    if (good) text.append(piece.data(), static_cast<std::size_t>(n));
    if (n > 0 && !good) errno = EFBIG;
  }
  const int error = errno;
  reason = std::strerror(error);  // NOLINT(concurrency-mt-unsafe): only the main thread asks
  errno = error;
  return std::nullopt;
}

}  // namespace gw::net
