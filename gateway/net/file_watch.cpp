#include "gateway/net/file_watch.hpp"

#include <sys/stat.h>

#include <utility>

namespace gw::net {

FileWatch::Stamp FileWatch::look_at(const std::string& path) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec * second_ns + status.st_mtim.tv_nsec};
}

FileWatch::FileWatch(const std::vector<std::string>& paths) {
  for (const auto& path : paths) known_[path] = look_at(path);
  seen_ = known_;
}

bool FileWatch::changed() {
  Stamps now;
  for (const auto& [path, stamp] : known_) now[path] = look_at(path);
  const bool settled = now == seen_;
  seen_ = now;
  if (!settled || now == known_) return false;
  known_ = std::move(now);
  return true;
}

}  // namespace gw::net
