#include "runtime/storage/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/storage/beneath.hpp"
#include "runtime/storage/planter.hpp"
#include "runtime/storage/utf8_names.hpp"

namespace runtime::storage {
namespace {

/// What comes before the data of a member: its head, long names, attributes, the list of its holes. Of a list of holes the reader keeps ten
/// times as much in memory.
constexpr std::size_t most_head = 4 << 20;
constexpr std::size_t magic_size = 6;

// What people forget that they have packed, and what unpacks it.
std::string packer_of(std::string_view first) {
  const auto begins = [&](std::string_view magic) { return first.starts_with(magic); };
  if (begins("\x1F\x8B")) return "gzip";
  if (begins("\x28\xB5\x2F\xFD")) return "zstd";
  if (begins("\xFD"
             "7zXZ"))
    return "xz";
  return begins("BZh") ? "bzip2" : std::string();
}

// Not one that the reader would try to get over: ARCHIVE_RETRY skips what it does not understand.
bool good(int result) { return result == ARCHIVE_OK || result == ARCHIVE_WARN; }

class Unpacker {
 public:
  Unpacker(int root, const UnpackOptions& options, const ByteSource& source, Unpacked& out)
      : planter_(root, options), source_(source), out_(out), archive_(archive_read_new()) {}
  ~Unpacker() { archive_read_free(archive_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  void run() {
    archive_read_support_format_tar(archive_);
    archive_read_support_format_empty(archive_);
    if (archive_read_open(archive_, this, nullptr, read, nullptr) != ARCHIVE_OK) throw Planter::Trouble{reason()};
    for (;;) {
      in_head_ = 0;
      heading_ = true;
      archive_entry* entry = nullptr;
      const int result = archive_read_next_header(archive_, &entry);
      heading_ = false;
      if (result == ARCHIVE_EOF) break;
      if (!good(result)) throw Planter::Trouble{reason()};
      member(entry);
    }
    // What stands behind the archive is taken too: whoever sends it waits for that.
    while (next() && !piece_.empty()) {
    }
    if (broken_) throw Planter::Trouble{reason()};
    if (first_.empty()) throw Planter::Trouble{"it is empty"};
    planter_.settle();
  }

 private:
  static la_ssize_t read(archive* from, void* self, const void** bytes) {
    auto& unpacker = *static_cast<Unpacker*>(self);
    if (!unpacker.next()) {
      archive_set_error(from, EPIPE, "the stream broke off");
      return -1;
    }
    unpacker.in_head_ += unpacker.heading_ ? unpacker.piece_.size() : 0;
    if (unpacker.in_head_ > most_head) {
      archive_set_error(from, EFBIG, "a member has more than 4 MiB before its data");
      return -1;
    }
    *bytes = unpacker.piece_.data();
    return static_cast<la_ssize_t>(unpacker.piece_.size());
  }

  bool next() {
    auto piece = broken_ ? std::nullopt : source_();
    broken_ = !piece;
    piece_ = piece.value_or(std::string_view());
    if (first_.size() < magic_size) first_ += piece_.substr(0, magic_size - first_.size());
    return !broken_;
  }

  std::string reason() const {
    if (broken_) return "the stream broke off";
    if (const auto packer = packer_of(first_); !packer.empty())
      return fmt::format("it is packed with {}: unpack it first (`{} -dc`)", packer, packer);
    const char* text = archive_error_string(archive_);
    return fmt::format("it is no tar archive, or a damaged one: {}", text != nullptr ? shown(text) : "it cannot be read");
  }

  void member(archive_entry* entry) {
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr) throw Planter::Trouble{"a member has a name that cannot be read"};
    const Inside at = inside(name);
    if (!at.problem.empty()) throw Planter::Trouble{fmt::format("the name `{}` {}", shown(name), at.problem)};
    if (const char* other = archive_entry_hardlink(entry)) {
      const Inside target = inside(other);
      if (!target.problem.empty()) {
        throw Planter::Trouble{
            fmt::format("`{}` is another name for `{}`, which {}", shown(name), shown(other), target.problem)};
      }
      planter_.second_name(at.path, target.path);
    } else if (archive_entry_filetype(entry) == AE_IFDIR) {
      planter_.folder(at.path, entry);
    } else if (archive_entry_filetype(entry) == AE_IFLNK) {
      const char* target = archive_entry_symlink(entry);
      planter_.link(at.path, target != nullptr ? target : "", entry);
    } else if (archive_entry_filetype(entry) == AE_IFREG) {
      out_.bytes += planter_.file(at.path, entry, [this](Planter::Part& part) { return data(part); });
    } else {
      throw Planter::Trouble{fmt::format("`{}` is neither file, folder nor link", shown(name))};
    }
    ++out_.entries;
    out_.last = shown(name);
  }

  // The next data of a file; false: there are no more.
  bool data(Planter::Part& part) {
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(archive_, &bytes, &size, &offset);
    if (result == ARCHIVE_EOF) return false;
    if (!good(result) || offset < 0) throw Planter::Trouble{reason()};
    part = {static_cast<std::uint64_t>(offset), {static_cast<const char*>(bytes), size}};
    return true;
  }

  Planter planter_;
  const ByteSource& source_;
  Unpacked& out_;
  archive* archive_;
  std::string_view piece_;
  std::string first_;
  std::size_t in_head_ = 0;
  bool heading_ = false;
  bool broken_ = false;
};

}  // namespace

Unpacked unpack(int root, const UnpackOptions& options, const ByteSource& source) {
  const Utf8Names names;
  Unpacked out;
  try {
    Unpacker(root, options, source, out).run();
  } catch (const Planter::Trouble& trouble) {
    out.problem = trouble.what;
    out.no_room = trouble.no_room;
    out.in_the_way = trouble.in_the_way;
  }
  return out;
}

}  // namespace runtime::storage
