#pragma once
// Puts files, folders and links below a folder, one after the other, for `unpack`: through no link, whole or not at all. Blocks.

#include <sys/types.h>
#include <time.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/descriptor.hpp"
#include "runtime/storage/unpack.hpp"

struct archive_entry;

namespace runtime::storage {

class Planter {
 public:
  /// Why it does not go on; thrown by everything here.
  struct Trouble {
    std::string what;
    bool no_room = false;
    bool in_the_way = false;
  };
  /// Data of a file and where in it they belong.
  struct Part {
    std::uint64_t offset = 0;
    std::string_view bytes;
  };
  using NextPart = std::function<bool(Part&)>;

  Planter(int root, const UnpackOptions& options) : root_(root), options_(options), room_(options.room) {}

  // Paths are those of `inside`.

  void folder(const std::string& path, archive_entry* entry);
  void link(const std::string& path, const std::string& target, archive_entry* entry);
  /// Answers how many bytes of data it has.
  std::uint64_t file(const std::string& path, archive_entry* entry, const NextPart& next);
  /// `path` is to be another name of `target`.
  void second_name(const std::string& path, const std::string& target);
  /// The last folders get their times, and everything is on the disk.
  void settle();

 private:
  struct Times {
    std::string path;
    timespec modified;
  };

  gw::net::Descriptor parent_of(const std::string& path);
  gw::net::Descriptor make_parent(const std::string& path);
  void give(int folder, const std::string& name, const std::string& path) const;
  /// `put` makes the entry of that name, and fails with EEXIST where there is one.
  void place(const std::string& path, const std::function<int(int parent, const char* name)>& put);
  void check_room(const std::string& path, std::uint64_t bytes) const;
  void take_room(std::uint64_t bytes);
  std::uint64_t fill(int file, const std::string& path, const NextPart& next);
  void leave_folders(const std::string& path);
  void set_times(const Times& times) const;

  int root_;
  const UnpackOptions& options_;
  std::optional<std::uint64_t> room_;
  std::vector<Times> entered_;  ///< the folders around the member that was put last, from the outside
  std::uint64_t serial_ = 0;
};

}  // namespace runtime::storage
