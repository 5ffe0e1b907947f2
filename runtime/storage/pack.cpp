#include "runtime/storage/pack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>

#include "runtime/storage/attributes.hpp"
#include "runtime/storage/beneath.hpp"
#include "runtime/storage/holes.hpp"
#include "runtime/storage/utf8_names.hpp"

namespace runtime::storage {
namespace {

using gw::net::Descriptor;

constexpr std::size_t piece_size = 64 << 10;
/// Bytes of names that are remembered of files with several; what comes later is packed once for each name.
constexpr std::size_t most_linked_bytes = 16 << 20;
constexpr std::size_t most_notes = 100;

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
/// Why the stream cannot have an end.
struct Broken {
  std::string why;
};

class Packer {
 public:
  Packer(int root, const PackOptions& options, const ByteSink& sink)
      : root_(root), options_(options), sink_(sink), archive_(archive_write_new()), entry_(archive_entry_new()) {}
  ~Packer() {
    // An archive that is not whole must not get an end (archive_write_fail of libarchive 3.6 loses its buffers).
    broken_ = !whole_;
    archive_entry_free(entry_);
    archive_write_free(archive_);
  }
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;

  void run(Packed& out) {
    out_ = &out;
    archive_write_set_format_pax_restricted(archive_);
    archive_write_set_bytes_per_block(archive_, static_cast<int>(piece_size));
    archive_write_set_bytes_in_last_block(archive_, 1);
    check(archive_write_open2(archive_, this, nullptr, write, nullptr, nullptr));
    begin();
    whole_ = true;
    check(archive_write_close(archive_));
  }

 private:
  static la_ssize_t write(archive* to, void* self, const void* bytes, std::size_t size) {
    const auto& packer = *static_cast<Packer*>(self);
    if (!packer.broken_ && packer.sink_({static_cast<const char*>(bytes), size})) return static_cast<la_ssize_t>(size);
    archive_set_error(to, EPIPE, "nobody takes it any more");
    return -1;
  }

  void check(int result) const {
    if (result >= ARCHIVE_WARN) return;
    const char* text = archive_error_string(archive_);
    throw Broken{text != nullptr ? text : "it cannot be packed"};
  }

  void note(const std::string& path, const std::string& what) const {
    if (out_->notes.size() == most_notes) {
      ++out_->notes_left_out;
      return;
    }
    out_->notes.push_back(fmt::format("{} {}", shown(path), what));
  }

  void begin() {
    if (options_.path.empty()) return folder(Descriptor(::openat(root_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), "", 0);
    const auto parent = open_beneath(root_, folder_of(options_.path), O_RDONLY | O_DIRECTORY);
    if (!parent) throw Broken{fmt::format("`{}`: {}", shown(options_.path), std::strerror(errno))};
    struct stat status {};
    if (::fstatat(parent.get(), name_of(options_.path).c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      throw Broken{fmt::format("`{}`: {}", shown(options_.path), std::strerror(errno))};
    if (status.st_dev != device()) throw Broken{fmt::format("`{}` is another file system", shown(options_.path))};
    one(parent.get(), name_of(options_.path), options_.path, static_cast<std::size_t>(std::ranges::count(options_.path, '/')));
  }

  dev_t device() const {
    struct stat top {};
    return ::fstat(root_, &top) == 0 ? top.st_dev : 0;
  }

  // `depth` counts the folders around it, which are all open.
  void folder(Descriptor opened, const std::string& path, std::size_t depth) {
    if (!opened) return note(path, fmt::format("is left out: {}", std::strerror(errno)));
    if (depth == most_depth) return note(path, fmt::format("lies {} folders deep: what is in it is left out", most_depth));
    const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(opened.get()));
    if (!entries) return note(path, fmt::format("is left out: {}", std::strerror(errno)));
    const int fd = opened.release();
    const dev_t here = device();
    while (const dirent* entry = ::readdir(entries.get())) {
      const std::string name = entry->d_name;
      if (name == "." || name == "..") continue;
      struct stat status {};
      if (::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 || status.st_dev != here) continue;
      one(fd, name, path.empty() ? name : path + "/" + name, depth);
    }
  }

  // What it is may change between each look at it: only what was opened counts.
  void one(int parent, const std::string& name, const std::string& path, std::size_t depth) {
    const Descriptor seen(::openat(parent, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status {};
    if (!seen || ::fstat(seen.get(), &status) != 0) return;  // it is gone: so is it for whoever looks a moment later
    if (S_ISLNK(status.st_mode)) return link(seen.get(), path, status);
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode))
      return note(path, "is neither file, folder nor link and is left out");
    const bool is_folder = S_ISDIR(status.st_mode);
    const int how = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | (is_folder ? O_DIRECTORY : 0);
    Descriptor opened(::openat(parent, name.c_str(), how));
    if (!opened || ::fstat(opened.get(), &status) != 0 || S_ISDIR(status.st_mode) != is_folder ||
        (!is_folder && !S_ISREG(status.st_mode))) {
      return note(path, "changed while it was looked at and is left out");
    }
    if (!is_folder) return file(opened.get(), path, status);
    head(path, status);
    add_attributes(opened.get(), entry_);
    check(archive_write_header(archive_, entry_));
    ++out_->entries;
    folder(std::move(opened), path, depth + 1);
  }

  void head(const std::string& path, const struct stat& status) {
    archive_entry_clear(entry_);
    archive_entry_set_pathname(entry_, path.c_str());
    archive_entry_set_mode(entry_, status.st_mode);
    archive_entry_set_mtime(entry_, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    const auto within = [this](id_t id) {
      return static_cast<la_int64_t>(id >= options_.first_uid ? id - options_.first_uid : id);
    };
    archive_entry_set_uid(entry_, within(status.st_uid));
    archive_entry_set_gid(entry_, within(status.st_gid));
    archive_entry_set_size(entry_, 0);
  }

  void link(int seen, const std::string& path, const struct stat& status) {
    std::string target(PATH_MAX, '\0');
    const auto size = ::readlinkat(seen, "", target.data(), target.size());
    if (size < 0) return note(path, fmt::format("is left out: {}", std::strerror(errno)));
    target.resize(static_cast<std::size_t>(size));
    head(path, status);
    archive_entry_set_symlink(entry_, target.c_str());
    check(archive_write_header(archive_, entry_));
    ++out_->entries;
  }

  // True: it is packed already under another name, and this one is as well now.
  bool another_name(const std::string& path, const struct stat& status) {
    if (status.st_nlink < 2) return false;
    const auto known = linked_.find(status.st_ino);
    if (known == linked_.end()) {
      constexpr std::size_t node = 96;
      if (linked_bytes_ < most_linked_bytes) linked_.emplace(status.st_ino, path);
      linked_bytes_ += path.size() + node;
      return false;
    }
    archive_entry_set_hardlink(entry_, known->second.c_str());
    check(archive_write_header(archive_, entry_));
    ++out_->entries;
    return true;
  }

  void file(int fd, const std::string& path, const struct stat& status) {
    head(path, status);
    if (another_name(path, status)) return;
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const auto parts = data_of(fd, size);
    if (!parts) return note(path, "has more holes than can be packed and is left out");
    archive_entry_set_size(entry_, status.st_size);
    if (has_holes(*parts, size))
      for (const auto& part : *parts)
        archive_entry_sparse_add_entry(entry_, static_cast<la_int64_t>(part.offset), static_cast<la_int64_t>(part.size));
    add_attributes(fd, entry_);
    check(archive_write_header(archive_, entry_));
    ++out_->entries;
    // The writer of libarchive 3.6 forgets the list of holes where nothing follows it.
    if (size != 0 && parts->back().size == 0) return pass_hole(1);
    bool whole = true;
    std::uint64_t at = 0;
    for (const auto& part : *parts) {
      pass_hole(part.offset - at);
      whole = data(fd, part) && whole;
      at = part.offset + part.size;
    }
    if (!whole) note(path, "became shorter while it was packed: its end is zeros");
  }

  void write_data(std::string_view bytes) const {
    if (archive_write_data(archive_, bytes.data(), bytes.size()) < 0) check(ARCHIVE_FATAL);
  }

  // The writer leaves them out by itself, but wants to be handed them.
  void pass_hole(std::uint64_t size) {
    if (size == 0) return;
    zeros_.resize(1 << 20);
    for (; size != 0; size -= std::min<std::uint64_t>(size, zeros_.size()))
      write_data({zeros_.data(), std::min<std::size_t>(size, zeros_.size())});
  }

  // False: there was less than it should have been.
  bool data(int fd, const DataPart& part) {
    buffer_.resize(piece_size);
    for (std::uint64_t done = 0; done != part.size;) {
      const auto want = std::min<std::uint64_t>(buffer_.size(), part.size - done);
      const auto got = ::pread(fd, buffer_.data(), want, static_cast<off_t>(part.offset + done));
      if (got < 0) throw Broken{fmt::format("a file cannot be read: {}", std::strerror(errno))};
      const auto n = static_cast<std::size_t>(got);
      if (n == 0) return pass_hole(part.size - done), false;
      write_data({buffer_.data(), n});
      done += n;
      out_->bytes += n;
    }
    return true;
  }

  int root_;
  const PackOptions& options_;
  const ByteSink& sink_;
  archive* archive_;
  archive_entry* entry_;
  Packed* out_ = nullptr;
  bool whole_ = false;
  bool broken_ = false;
  std::size_t linked_bytes_ = 0;
  std::map<ino_t, std::string> linked_;
  std::string buffer_;
  std::string zeros_;
};

}  // namespace

Packed pack(int root, const PackOptions& options, const ByteSink& sink) {
  const Utf8Names names;
  Packed out;
  try {
    Packer(root, options, sink).run(out);
  } catch (const Broken& broken) {
    out.problem = broken.why;
  }
  return out;
}

}  // namespace runtime::storage
