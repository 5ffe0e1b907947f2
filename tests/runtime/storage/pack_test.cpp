#include "runtime/storage/pack.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "runtime/storage/beneath.hpp"
#include "runtime/storage/holes.hpp"
#include "runtime/storage/unpack.hpp"
#include "tests/runtime/storage/scratch.hpp"

namespace runtime::storage {
namespace {

using test::Scratch;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

std::string pack_from(const Scratch& scratch, Packed& result, const PackOptions& options = {}) {
  std::string bytes;
  result = pack(scratch.root(), options, [&](std::string_view piece) { return bytes.append(piece), true; });
  return bytes;
}

Unpacked unpack_to(const Scratch& scratch, std::string_view bytes) {
  bool given = false;
  return unpack(scratch.root(), {.owner = ::geteuid()},
                [&]() -> std::optional<std::string_view> { return std::exchange(given, true) ? std::string_view() : bytes; });
}

TEST(Pack, and_unpack_give_the_same_again) {
  const Scratch from;
  from.write("a/b/file", "content");
  from.write("a/empty", "");
  from.write("name with \xC3\xA9 and \n", "strange");
  from.write("bytes \xFF\xFE", "no UTF-8");
  from.write("large", std::string(300'000, 'z'));
  fs::create_symlink("/data/a", from.inside() / "link");
  fs::create_hard_link(from.inside() / "a/b/file", from.inside() / "second");
  fs::permissions(from.inside() / "a/b/file", fs::perms(0640));
  ::setxattr((from.inside() / "a/b/file").c_str(), "user.colour", "red", 3, 0);
  ::setxattr((from.inside() / "a").c_str(), "user.kind", "folder", 6, 0);
  const timespec times[2] = {{0, UTIME_NOW}, {1'234'567'890, 123'456'789}};
  for (const char* path : {"a/b/file", "a/b", "a", "link"})
    ::utimensat(AT_FDCWD, (from.inside() / path).c_str(), times, AT_SYMLINK_NOFOLLOW);

  Packed packed;
  const auto tar = pack_from(from, packed);
  const Scratch to;
  const auto done = unpack_to(to, tar);

  EXPECT_EQ(packed.problem + done.problem, "");
  EXPECT_THAT(packed.notes, testing::IsEmpty());
  EXPECT_EQ(packed.entries, done.entries);
  EXPECT_EQ(packed.bytes, done.bytes);
  EXPECT_EQ(to.content(), from.content());
  EXPECT_EQ(to.status("a/b/file").st_mode, from.status("a/b/file").st_mode);
  EXPECT_EQ(to.status("a/b/file").st_ino, to.status("second").st_ino);
  for (const char* path : {"a/b/file", "a/b", "a", "link"}) EXPECT_EQ(to.status(path).st_mtim.tv_sec, 1'234'567'890) << path;
  char value[8] = {};
  EXPECT_EQ(::getxattr((to.inside() / "a/b/file").c_str(), "user.colour", value, sizeof value), 3);
  EXPECT_STREQ(value, "red");
  EXPECT_EQ(::getxattr((to.inside() / "a").c_str(), "user.kind", value, sizeof value), 6);
}

TEST(Pack, takes_of_a_file_with_holes_what_is_in_it) {
  const Scratch from;
  const auto path = (from.inside() / "holes").string();
  const gw::net::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  constexpr off_t far = 1LL << 36;
  ASSERT_EQ(::pwrite(file.get(), "near", 4, 8192), 4);
  ASSERT_EQ(::pwrite(file.get(), "far", 3, far), 3);
  ASSERT_EQ(::ftruncate(file.get(), far * 2), 0);
  const gw::net::Descriptor empty(::open((from.inside() / "only a hole").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  ASSERT_EQ(::ftruncate(empty.get(), far), 0);

  Packed packed;
  const auto tar = pack_from(from, packed);
  EXPECT_LT(tar.size(), 100'000U);
  EXPECT_LT(packed.bytes, 50'000U);
  const Scratch to;
  const auto done = unpack_to(to, tar);

  ASSERT_EQ(done.problem, "");
  EXPECT_EQ(to.status("holes").st_size, far * 2);
  EXPECT_EQ(to.status("only a hole").st_size, far);
  EXPECT_LT(to.status("holes").st_blocks, 200);
  const gw::net::Descriptor again(::open((to.inside() / "holes").c_str(), O_RDONLY | O_CLOEXEC));
  char bytes[4];
  EXPECT_EQ(::pread(again.get(), bytes, 4, 8192), 4);
  EXPECT_EQ(std::string(bytes, 4), "near");
  EXPECT_EQ(::pread(again.get(), bytes, 3, far), 3);
  EXPECT_EQ(std::string(bytes, 3), "far");
}

TEST(Pack, follows_no_link_and_leaves_out_what_is_no_file) {
  const Scratch from;
  from.write("file", "x");
  fs::create_directory_symlink(from.around(), from.inside() / "out");
  fs::create_symlink("../outside", from.inside() / "o");
  ::mkfifo((from.inside() / "pipe").c_str(), 0600);

  Packed packed;
  const auto tar = pack_from(from, packed);

  EXPECT_EQ(tar.find("untouched"), std::string::npos);
  EXPECT_EQ(packed.entries, 3U);
  EXPECT_THAT(packed.notes, testing::ElementsAre("pipe is neither file, folder nor link and is left out"));
}

TEST(Pack, packs_one_folder_or_file_by_its_whole_path) {
  const Scratch from;
  from.write("a/b/file", "x");
  from.write("a/c", "y");
  Packed packed;
  for (const auto& [path, wanted] : {std::pair{"a/b", "a/b/file"}, std::pair{"a/c", "a/c"}}) {
    const Scratch to;
    EXPECT_EQ(unpack_to(to, pack_from(from, packed, {.path = path})).problem, "");
    EXPECT_TRUE(to.content().contains(wanted));
    EXPECT_EQ(to.content().contains("a/c"), std::string(path) == "a/c");
  }
  pack_from(from, packed, {.path = "a/none"});
  EXPECT_THAT(packed.problem, HasSubstr("`a/none`"));
  fs::create_directory_symlink(from.around(), from.inside() / "way");
  pack_from(from, packed, {.path = "way/outside"});
  EXPECT_NE(packed.problem, "");
}

TEST(Pack, leaves_out_what_lies_too_deep_and_packs_the_rest) {
  const Scratch from;
  from.write("file", "x");
  std::string deep = "a";
  for (int i = 0; i != 120; ++i) deep += "/a";
  from.write(deep + "/y", "y");

  Packed packed;
  const auto tar = pack_from(from, packed);

  EXPECT_EQ(packed.problem, "");
  EXPECT_THAT(packed.notes, testing::ElementsAre(HasSubstr("100 folders deep")));
  const Scratch to;
  EXPECT_EQ(unpack_to(to, tar).problem, "");
}

TEST(Pack, that_nobody_takes_any_more_ends_without_an_end) {
  const Scratch from;
  from.write("large", std::string(1 << 20, 'z'));
  std::string bytes;
  const auto packed = pack(from.root(), {}, [&](std::string_view piece) { return bytes.append(piece).size() < 200'000; });
  EXPECT_NE(packed.problem, "");
  EXPECT_LT(bytes.size(), 400'000U);
  const Scratch to;
  EXPECT_NE(unpack_to(to, bytes).problem, "") << "it must not look like a whole one";
}

// A container swaps a folder for a link that leads outside, again and again, while it is packed.
TEST(Pack, is_not_lured_by_a_link_that_appears_meanwhile) {
  const Scratch from;
  from.write("a/outside", "inside");
  fs::create_directory_symlink(from.around(), from.around() / "beside/link");
  std::atomic<bool> over = false;
  const auto name = [&](const char* path) { return (from.inside() / path).string(); };
  fs::create_directory_symlink(from.around(), name("b"));
  std::thread swaps([&] {
    while (!over) ::renameat2(AT_FDCWD, name("a").c_str(), AT_FDCWD, name("b").c_str(), RENAME_EXCHANGE);
  });

  std::size_t lured = 0;
  for (int i = 0; i != 500; ++i) {
    Packed packed;
    lured += pack_from(from, packed).find("untouched") != std::string::npos;
  }
  over = true;
  swaps.join();
  EXPECT_EQ(lured, 0U);
}

// The same with files, into which an import writes.
TEST(Unpack, is_not_lured_by_a_link_that_appears_meanwhile) {
  const Scratch to;
  fs::create_directory(to.inside() / "a");
  fs::create_directory_symlink(to.around() / "beside", to.inside() / "b");
  const Scratch from;
  for (int i = 0; i != 50; ++i) from.write("a/" + std::to_string(i), "x");
  Packed packed;
  const auto tar = pack_from(from, packed);
  std::atomic<bool> over = false;
  const auto name = [&](const char* path) { return (to.inside() / path).string(); };
  std::thread swaps([&] {
    while (!over) ::renameat2(AT_FDCWD, name("a").c_str(), AT_FDCWD, name("b").c_str(), RENAME_EXCHANGE);
  });

  for (int i = 0; i != 100; ++i) {
    bool given = false;
    unpack(to.root(), {.owner = ::geteuid(), .replace = true}, [&]() -> std::optional<std::string_view> {
      return std::exchange(given, true) ? std::string_view() : std::string_view(tar);
    });
  }
  over = true;
  swaps.join();
  EXPECT_TRUE(fs::is_empty(to.around() / "beside"));
}

TEST(DataOf, is_where_a_file_has_something) {
  EXPECT_FALSE(has_holes({{0, 10}}, 10));
  EXPECT_TRUE(has_holes({{0, 4}, {6, 4}}, 10));
  EXPECT_TRUE(has_holes({{0, 0}}, 10));
  EXPECT_FALSE(has_holes({}, 0));
}

}  // namespace
}  // namespace runtime::storage
