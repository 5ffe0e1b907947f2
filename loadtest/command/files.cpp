#include "loadtest/command/files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "loadtest/command/mistake.hpp"

namespace loadtest::command {
namespace {

constexpr std::size_t largest = 256U << 20;

std::string take_all(std::istream& from, const std::string& path, std::string_view flag) {
  std::string text;
  char piece[64 << 10];
  while (from.read(piece, sizeof piece), from.gcount() > 0) {
    text.append(piece, static_cast<std::size_t>(from.gcount()));
    if (text.size() > largest) throw Mistake(fmt::format("{} {}: has more than 256 MiB", flag, path));
  }
  if (from.bad()) throw Mistake(fmt::format("{} {}: cannot be read: {}", flag, path, std::strerror(errno)));
  return text;
}

}  // namespace

std::string read_file(const std::string& path, std::string_view flag) {
  if (path == "-") return take_all(std::cin, path, flag);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw Mistake(fmt::format("{} {}: is a folder", flag, path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Mistake(fmt::format("{} {}: cannot be opened: {}", flag, path, std::strerror(errno)));
  return take_all(file, path, flag);
}

std::string text_or_file(const std::string& text, std::string_view flag) {
  return text.starts_with('@') ? read_file(text.substr(1), flag) : text;
}

void write_file(const std::string& path, std::string_view text, std::string_view flag) {
  const auto refuse = [&](std::string_view why) {
    throw Mistake(fmt::format("{} {}: cannot be written: {}", flag, path, why), {}, Exit::failed);
  };
  if (path == "-") {
    std::cout.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    if (!std::cout) refuse("standard output is closed");
    return;
  }
  std::error_code error;
  // A pipe or a device is written to as it is.
  const bool plain = !std::filesystem::exists(path, error) || std::filesystem::is_regular_file(path, error);
  const auto beside = plain ? fmt::format("{}.{}.part", path, ::getpid()) : path;
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  if (!file) refuse(std::strerror(errno));
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) {
    const auto why = errno;
    if (plain) std::filesystem::remove(beside, error);
    refuse(std::strerror(why));
  }
  if (plain) std::filesystem::rename(beside, path, error);
  if (error) refuse(error.message());
}

void check_writable(const std::string& path, std::string_view flag) {
  if (path.empty() || path == "-") return;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw Mistake(fmt::format("{} {}: is a folder", flag, path));
  if (std::filesystem::exists(path, error)) {
    if (::access(path.c_str(), W_OK) != 0)
      throw Mistake(fmt::format("{} {}: cannot be written: {}", flag, path, std::strerror(errno)));
    return;
  }
  const auto folder = std::filesystem::absolute(path, error).parent_path();
  if (!std::filesystem::is_directory(folder, error))
    throw Mistake(fmt::format("{} {}: there is no folder {}", flag, path, folder.string()));
  if (::access(folder.c_str(), W_OK) != 0)
    throw Mistake(fmt::format("{} {}: nothing can be written to {}", flag, path, folder.string()));
}

}  // namespace loadtest::command
