#include "runtime/isolation/disk_use.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gateway/net/descriptor.hpp"

namespace runtime::isolation {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t everything = ~0ULL;

class DiskUse : public testing::Test {
 protected:
  DiskUse() {
    // On the disk: a file system in memory has no inodes to run out of, but handles it has too.
    char name[] = "/var/tmp/sp-disk-use-XXXXXX";
    root_ = ::mkdtemp(name);
  }
  ~DiskUse() override { fs::remove_all(root_); }

  void write(const fs::path& file, std::size_t size) const {
    std::ofstream out(root_ / file, std::ios::binary);
    out << std::string(size, 'x');
    out.close();
    if (size == 0) return;
    // Space is given out when the file reaches the disk.
    const gw::net::Descriptor opened(::open((root_ / file).c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::fsync(opened.get()), 0);
  }

  fs::path root_;
};

TEST_F(DiskUse, counts_what_lies_on_the_disk_in_every_folder) {
  EXPECT_EQ(disk_use(root_, everything), 0U);
  fs::create_directories(root_ / "a/b");
  write("a/one", 1 << 20);
  write("a/b/two", 2 << 20);

  EXPECT_EQ(disk_use(root_, everything), (3U << 20) + 2 * least_for_a_file);
}

TEST_F(DiskUse, holes_are_not_on_the_disk) {
  write("sparse", 1);
  fs::resize_file(root_ / "sparse", 1ULL << 40);

  EXPECT_EQ(disk_use(root_, everything), least_for_a_file);
}

TEST_F(DiskUse, a_file_without_content_counts_for_its_inode) {
  for (int i = 0; i != 10; ++i) write("empty" + std::to_string(i), 0);

  EXPECT_EQ(disk_use(root_, everything), 10 * least_for_a_file);
}

TEST_F(DiskUse, a_file_with_several_names_counts_once) {
  write("one", 4 << 20);
  for (int i = 0; i != 3; ++i) fs::create_hard_link(root_ / "one", root_ / ("again" + std::to_string(i)));

  EXPECT_EQ(disk_use(root_, everything), 4U << 20);
}

TEST_F(DiskUse, links_are_not_followed) {
  write("one", 4 << 20);
  fs::create_symlink("one", root_ / "link");
  fs::create_directory_symlink("/usr", root_ / "usr");

  EXPECT_EQ(disk_use(root_, everything), (4U << 20) + 2 * least_for_a_file);
}

TEST_F(DiskUse, ends_as_soon_as_there_is_enough) {
  for (int i = 0; i != 100; ++i) write("file" + std::to_string(i), 0);

  EXPECT_EQ(disk_use(root_, 10 * least_for_a_file), 11 * least_for_a_file);
}

TEST_F(DiskUse, no_depth_hides_a_file) {
  // Deeper than any path may be long.
  constexpr int depth = 100;
  const std::string name(100, 'd');
  gw::net::Descriptor at(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; i != depth; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), name.c_str(), 0700), 0);
    gw::net::Descriptor next(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    at = std::move(next);
  }
  const gw::net::Descriptor file(::openat(at.get(), "hidden", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  ASSERT_EQ(::posix_fallocate(file.get(), 0, 8 << 20), 0);

  EXPECT_EQ(disk_use(root_, everything), (8U << 20) + depth * least_for_a_file);
}

TEST_F(DiskUse, what_is_mounted_below_is_not_its_own) {
  fs::create_directory(root_ / "mounted");
  ASSERT_EQ(::mount("tmpfs", (root_ / "mounted").c_str(), "tmpfs", 0, "size=4m"), 0) << "needs root: sudo tests/run";
  write("mounted/file", 1 << 20);

  const auto used = disk_use(root_, everything);

  ::umount((root_ / "mounted").c_str());
  EXPECT_EQ(used, 0U);
}

TEST_F(DiskUse, what_is_not_there_has_no_size) {
  EXPECT_EQ(disk_use(root_ / "nothing", everything), std::nullopt);
  fs::create_directory_symlink("/usr", root_ / "usr");
  EXPECT_EQ(disk_use(root_ / "usr", everything), std::nullopt) << "a link is no folder";
}

}  // namespace
}  // namespace runtime::isolation
