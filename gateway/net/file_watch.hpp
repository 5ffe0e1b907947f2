#pragma once
// Notices that files have changed by looking at them, a few stat(2) a second: what replaces certificates moves links and renames
// files, and inotify(7) would have to follow them all. Main thread.

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gw::net {

class FileWatch {
 public:
  FileWatch() = default;
  /// Watches these files as they are now: make it before they are read.
  explicit FileWatch(const std::vector<std::string>& paths);

  /// Looks at the files. True: they are others than at the beginning or when this was true last, and the same as at the last
  /// look: whoever replaces a certificate and its key writes one after the other.
  bool changed();

 private:
  /// What tells one content from another. Behind links: certbot moves a link to the new file.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t size = -1;  ///< -1: it is not there
    std::int64_t modified_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::map<std::string, Stamp>;

  static Stamp look_at(const std::string& path);

  Stamps known_;  ///< as they were read
  Stamps seen_;   ///< at the last look
};

}  // namespace gw::net
