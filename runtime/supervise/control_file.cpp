#include "runtime/supervise/control_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>

namespace runtime::supervise {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::optional<std::uint64_t> number_in(const std::filesystem::path& file) {
  const std::string text = text_of(file);
  std::uint64_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc() ? std::optional(number) : std::nullopt;
}

// Not a stream, and not stdio: the first keeps errors for itself, the second writes again what was refused when it is closed.
bool write_to(const std::filesystem::path& file, const std::string& value) {
  constexpr mode_t for_all_to_read = 0644;
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, for_all_to_read);
  if (out < 0) return false;
  const auto written = ::write(out, value.data(), value.size());
  const int error = errno;
  ::close(out);
  errno = error;
  return written == static_cast<ssize_t>(value.size());
}

}  // namespace runtime::supervise
