#include "runtime/storage/sized_volumes.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "runtime/storage/image.hpp"
#include "runtime/storage/opened_volume.hpp"

namespace runtime::storage {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t mebibyte = 1 << 20;
constexpr uid_t owner = 1000;

bool until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

TEST(ImageSize, is_whole_blocks_and_enough_for_a_file_system) {
  EXPECT_EQ(image_size(0), mebibyte);
  EXPECT_EQ(image_size(10 * mebibyte), 10 * mebibyte);
  EXPECT_EQ(image_size(10 * mebibyte + 1), 10 * mebibyte + 4096);
}

class SizedVolume : public testing::Test {
 protected:
  SizedVolume() { fs::create_directory(folder_ / "mounted"); }
  ~SizedVolume() override {
    unmount();
    fs::remove_all(folder_);
  }
  void SetUp() override {
    if (const auto why = SizedVolumes::unavailable(true, false); !why.empty()) GTEST_SKIP() << why;
  }

  template <class T>
  T await(gw::net::Task<T> task) {
    std::optional<T> result;
    const auto run = [&]() -> gw::net::Task<> {
      result = co_await std::move(task);
      worker_.stop();
    };
    worker_.context().restart();
    worker_.spawn(run());
    worker_.run();
    return std::move(*result);
  }

  SizedVolumes::Ready attach(std::uint64_t size) { return await(volumes_.attach("v", size, owner)); }

  // As the engine does it: by the name that it remembers.
  void mount() const {
    ASSERT_EQ(::mount(volumes_.device_of("v").c_str(), mounted().c_str(), "ext4", MS_NOSUID | MS_NODEV, nullptr), 0)
        << std::strerror(errno);
  }
  void unmount() const { ::umount(mounted().c_str()); }
  fs::path mounted() const { return folder_ / "mounted"; }
  fs::path image() const { return folder_ / "volumes/v.ext4"; }
  std::uint64_t room() const {
    struct statfs seen {};
    EXPECT_EQ(::statfs(mounted().c_str(), &seen), 0);
    return static_cast<std::uint64_t>(seen.f_blocks) * static_cast<std::uint64_t>(seen.f_bsize);
  }
  // Writes until there is no more room; how much there was.
  std::uint64_t fill() const {
    std::ofstream out(mounted() / "file", std::ios::binary);
    const std::string piece(mebibyte, 'x');
    std::uint64_t written = 0;
    while (out.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush() && written < 1024 * mebibyte)
      written += mebibyte;
    return written;
  }

  static fs::path fresh_folder() {
    char name[] = "/var/tmp/sp-volumes-XXXXXX";
    return ::mkdtemp(name);
  }

  fs::path folder_ = fresh_folder();
  gw::net::Worker worker_;
  SizedVolumes volumes_{worker_, folder_ / "volumes"};
};

TEST_F(SizedVolume, is_empty_and_belongs_to_its_owner) {
  const auto ready = attach(16 * mebibyte);
  ASSERT_EQ(ready.problem, "");
  mount();

  struct stat status {};
  ASSERT_EQ(::stat(mounted().c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, owner);
  EXPECT_EQ(status.st_gid, owner);
  EXPECT_TRUE(fs::is_empty(mounted())) << "a lost+found is in the way of databases";
}

TEST_F(SizedVolume, holds_no_more_than_was_asked_for) {
  const auto ready = attach(16 * mebibyte);
  mount();
  const auto written = fill();
  EXPECT_GT(written, 8 * mebibyte);
  EXPECT_LT(written, 16 * mebibyte);
}

TEST_F(SizedVolume, takes_of_the_disk_what_is_in_it) {
  const auto ready = attach(1024 * mebibyte);
  ASSERT_EQ(ready.problem, "");
  struct stat status {};
  ASSERT_EQ(::stat(image().c_str(), &status), 0);
  EXPECT_EQ(static_cast<std::uint64_t>(status.st_size), 1024 * mebibyte);
  EXPECT_LT(static_cast<std::uint64_t>(status.st_blocks) * 512, 32 * mebibyte);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(volumes_.size_of("v"), 1024 * mebibyte);
}

TEST_F(SizedVolume, its_device_is_let_go_with_the_mount_and_not_before) {
  auto ready = attach(16 * mebibyte);
  mount();
  ready.hold.reset();
  EXPECT_TRUE(find_loop_device(image()).held) << "it is mounted";
  std::ofstream(mounted() / "file") << "kept";
  unmount();
  EXPECT_TRUE(until([&] { return !find_loop_device(image()).held; }));

  const auto again = attach(16 * mebibyte);
  ASSERT_EQ(again.problem, "");
  mount();
  std::string kept;
  std::ifstream(mounted() / "file") >> kept;
  EXPECT_EQ(kept, "kept");
}

TEST_F(SizedVolume, is_never_behind_two_devices) {
  const auto first = attach(16 * mebibyte);
  const auto second = attach(16 * mebibyte);
  ASSERT_TRUE(first.hold && second.hold);
  EXPECT_EQ(first.hold->path, second.hold->path);
}

// The kernel lets only CAP_SYS_RESOURCE do it, which some machines take from root.
bool may_grow_mounted() { return ::prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) == 1; }

TEST_F(SizedVolume, of_two_that_start_at_once_is_made_once) {
  std::optional<SizedVolumes::Ready> both[2];
  const auto start = [&](std::size_t i) -> gw::net::Task<> {
    both[i] = co_await volumes_.attach("v", 16 * mebibyte, owner);
    if (both[0] && both[1]) worker_.stop();
  };
  worker_.context().restart();
  for (const std::size_t i : {0, 1}) worker_.spawn(start(i));
  worker_.run();

  ASSERT_TRUE(both[0]->hold && both[1]->hold) << both[0]->problem << both[1]->problem;
  EXPECT_EQ(both[0]->hold->path, both[1]->hold->path);
}

TEST_F(SizedVolume, grows_before_it_is_used) {
  attach(16 * mebibyte);
  {
    const auto ready = attach(16 * mebibyte);
    mount();
    std::ofstream(mounted() / "file") << "kept";
    unmount();
  }
  ASSERT_TRUE(until([&] { return !find_loop_device(image()).held; }));

  const auto ready = attach(64 * mebibyte);

  ASSERT_EQ(ready.problem, "");
  mount();
  EXPECT_GT(room(), 48 * mebibyte);
  std::string kept;
  std::ifstream(mounted() / "file") >> kept;
  EXPECT_EQ(kept, "kept");
  EXPECT_EQ(await(volumes_.grow("v", mounted())), "") << "nothing is left to do";
}

TEST_F(SizedVolume, falls_short_until_it_has_its_size) {
  EXPECT_FALSE(volumes_.falls_short("v", 16 * mebibyte)) << "it is not there";
  attach(16 * mebibyte);
  ASSERT_TRUE(until([&] { return !volumes_.in_use("v"); }));
  EXPECT_FALSE(volumes_.falls_short("v", 16 * mebibyte));
  EXPECT_FALSE(volumes_.falls_short("v", mebibyte));
  EXPECT_TRUE(volumes_.falls_short("v", 64 * mebibyte));
  fs::resize_file(image(), 64 * mebibyte);
  EXPECT_TRUE(volumes_.falls_short("v", 64 * mebibyte)) << "its file system does not know yet";
  const auto ready = attach(64 * mebibyte);
  EXPECT_TRUE(volumes_.in_use("v"));
  EXPECT_FALSE(volumes_.falls_short("v", 64 * mebibyte));
}

TEST_F(SizedVolume, whose_growth_was_interrupted_takes_it_up_again) {
  attach(16 * mebibyte);
  ASSERT_TRUE(until([&] { return !find_loop_device(image()).held; }));
  fs::resize_file(image(), 64 * mebibyte);

  const auto ready = attach(64 * mebibyte);

  ASSERT_EQ(ready.problem, "");
  mount();
  EXPECT_GT(room(), 48 * mebibyte);
}

TEST_F(SizedVolume, grows_while_it_is_used) {
  if (!may_grow_mounted()) GTEST_SKIP() << "needs CAP_SYS_RESOURCE";
  const auto ready = attach(16 * mebibyte);
  mount();
  std::ofstream(mounted() / "file") << "kept";
  EXPECT_EQ(await(volumes_.grow("v", mounted())), "") << "nothing to do";
  const auto before = room();

  const auto larger = attach(64 * mebibyte);
  ASSERT_EQ(larger.problem, "");
  EXPECT_EQ(await(volumes_.grow("v", mounted())), "");

  EXPECT_GT(room(), before + 40 * mebibyte);
  std::string kept;
  std::ifstream(mounted() / "file") >> kept;
  EXPECT_EQ(kept, "kept");
}

TEST_F(SizedVolume, that_is_not_mounted_leaves_what_is_there_alone) {
  const auto ready = attach(16 * mebibyte);
  const auto larger = attach(64 * mebibyte);
  // Another one at that place, smaller than its device: it would follow a wrong word.
  SizedVolumes others(worker_, folder_ / "others");
  auto other = await(others.attach("v", 16 * mebibyte, owner));
  ASSERT_EQ(::truncate((folder_ / "others/v.ext4").c_str(), 128 * mebibyte), 0);
  ASSERT_TRUE(renew_capacity(*other.hold));
  ASSERT_EQ(::mount(other.hold->path.c_str(), mounted().c_str(), "ext4", 0, nullptr), 0);
  const auto before = room();

  // Without the right to do it the kernel would say so.
  EXPECT_EQ(await(volumes_.grow("v", mounted())), "");

  EXPECT_EQ(room(), before);
}

TEST_F(SizedVolume, never_shrinks) {
  attach(16 * mebibyte);
  const auto ready = attach(8 * mebibyte);
  EXPECT_EQ(ready.problem, "");
  EXPECT_EQ(volumes_.size_of("v"), 16 * mebibyte);
}

TEST_F(SizedVolume, of_a_lost_machine_is_mended_and_a_ruined_one_is_told) {
  attach(16 * mebibyte);
  {
    std::fstream file(image(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1024);
    file << std::string(64 * 1024, '\xAA');
  }
  const auto ready = attach(16 * mebibyte);
  EXPECT_THAT(ready.problem, testing::HasSubstr("the file system of /data is damaged"));
  EXPECT_FALSE(ready.hold);
}

TEST_F(SizedVolume, that_cannot_be_made_leaves_nothing_behind) {
  fs::create_directory(folder_ / "volumes");
  ASSERT_EQ(::mount("tmpfs", (folder_ / "volumes").c_str(), "tmpfs", 0, "size=256k"), 0);
  const auto ready = attach(64 * mebibyte);
  const bool empty = fs::is_empty(folder_ / "volumes");
  ::umount((folder_ / "volumes").c_str());
  EXPECT_NE(ready.problem, "");
  EXPECT_TRUE(empty);
}

TEST_F(SizedVolume, knows_what_is_in_it_mounted_or_not) {
  attach(64 * mebibyte);
  const auto empty = volumes_.use_of("v", "");
  ASSERT_TRUE(empty);
  EXPECT_LT(empty->used, mebibyte) << "what the file system takes for itself is not used";
  EXPECT_GT(empty->room, 32 * mebibyte);
  std::optional<SizedVolumes::Use> mounted_use;
  {
    const auto ready = attach(64 * mebibyte);
    mount();
    std::ofstream(mounted() / "file") << std::string(4 * mebibyte, 'x');
    ::sync();
    mounted_use = volumes_.use_of("v", mounted().string());
    unmount();
  }
  ASSERT_TRUE(mounted_use);
  EXPECT_EQ(mounted_use->room, empty->room);
  EXPECT_GE(mounted_use->used, empty->used + 4 * mebibyte);
  EXPECT_EQ(volumes_.use_of("v", ""), mounted_use);
  EXPECT_EQ(volumes_.use_of("v", mounted().string()), mounted_use) << "of the folder below it nothing is believed";
  EXPECT_EQ(volumes_.use_of("other", ""), std::nullopt);
}

class OpenedVolumes : public SizedVolume {
 protected:
  void write(const OpenedVolume& opened, const char* name) {
    const gw::net::Descriptor file(::openat(opened.root.get(), name, O_CREAT | O_WRONLY, 0600));
    EXPECT_EQ(::write(file.get(), "kept", 4), 4) << std::strerror(errno);
  }
};

TEST_F(OpenedVolumes, can_be_opened_while_nobody_uses_them) {
  {
    const auto ready = attach(16 * mebibyte);
    const auto opened = open_device(ready.hold->path);
    ASSERT_EQ(opened.problem, "");
    write(opened, "file");
  }
  ASSERT_TRUE(until([&] { return !find_loop_device(image()).held; })) << "nothing is left mounted";
  const auto ready = attach(16 * mebibyte);
  mount();
  EXPECT_TRUE(fs::exists(mounted() / "file"));
}

TEST_F(OpenedVolumes, can_be_opened_while_a_container_uses_them) {
  const auto ready = attach(16 * mebibyte);
  mount();
  std::ofstream(mounted() / "theirs") << "x";
  const auto opened = open_device(ready.hold->path);
  ASSERT_EQ(opened.problem, "");
  write(opened, "ours");
  EXPECT_EQ(::faccessat(opened.root.get(), "theirs", F_OK, 0), 0);
  EXPECT_TRUE(fs::exists(mounted() / "ours"));
}

TEST_F(OpenedVolumes, opens_no_device_and_follows_no_link_in_them) {
  const auto ready = attach(16 * mebibyte);
  const auto opened = open_device(ready.hold->path);
  ASSERT_EQ(::mknodat(opened.root.get(), "null", S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(::symlinkat("/etc/passwd", opened.root.get(), "link"), 0);
  EXPECT_FALSE(gw::net::Descriptor(::openat(opened.root.get(), "null", O_RDONLY)));
  EXPECT_FALSE(gw::net::Descriptor(::openat(opened.root.get(), "link", O_RDONLY)));
  EXPECT_NE(open_device(image()).problem, "") << "this is no device";
}

TEST_F(SizedVolume, is_forgotten_with_its_content) {
  attach(16 * mebibyte);
  volumes_.remove("v");
  EXPECT_TRUE(fs::is_empty(folder_ / "volumes"));
  EXPECT_EQ(volumes_.size_of("v"), std::nullopt);
}

TEST(SizedVolumes, are_not_where_they_cannot_be_mounted) {
  EXPECT_NE(SizedVolumes::unavailable(false, false), "");
  EXPECT_NE(SizedVolumes::unavailable(true, true), "");
}

}  // namespace
}  // namespace runtime::storage
