#include "runtime/storage/unpack.hpp"

#include <gmock/gmock.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/runtime/storage/scratch.hpp"
#include "tests/runtime/storage/tar_writer.hpp"

namespace runtime::storage {
namespace {

using test::Scratch;
using test::TarWriter;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;

constexpr std::size_t small_pieces = 700;

Unpacked unpack_from(const Scratch& scratch, const std::string& bytes, UnpackOptions options = {}, bool breaks = false) {
  if (options.owner == 0) options.owner = ::geteuid();
  std::size_t at = 0;
  return unpack(scratch.root(), options, [&]() -> std::optional<std::string_view> {
    if (at == bytes.size() && breaks) return std::nullopt;
    const auto piece = std::string_view(bytes).substr(at, small_pieces);
    at += piece.size();
    return piece;
  });
}

std::string honest() {
  return TarWriter()
      .folder("./")
      .folder("a", 0750)
      .file("a/x", "one")
      .file("b/c/y", std::string(5000, 'y'), 0600)
      .link("l", "/usr/bin/python3")
      .take();
}

TEST(Unpack, puts_files_folders_and_links_there) {
  const Scratch scratch;

  const auto done = unpack_from(scratch, honest());

  EXPECT_EQ(done.problem, "");
  EXPECT_EQ(done.entries, 5U);
  EXPECT_EQ(done.bytes, 5003U);
  EXPECT_EQ(done.last, "l");
  EXPECT_THAT(scratch.content(), UnorderedElementsAre(Pair("a", "/"), Pair("a/x", "one"), Pair("b", "/"), Pair("b/c", "/"),
                                                      Pair("b/c/y", std::string(5000, 'y')), Pair("l", "-> /usr/bin/python3")));
  EXPECT_EQ(scratch.status("a").st_mode & 07777U, 0750U);
  EXPECT_EQ(scratch.status("b/c/y").st_mode & 07777U, 0600U);
  for (const char* path : {"a", "a/x", "l"}) EXPECT_EQ(scratch.status(path).st_mtime, 1'000'000'000) << path;
}

TEST(Unpack, gives_everything_to_the_user_of_the_space_and_nothing_more_rights) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const Scratch scratch;
  const auto tar = TarWriter().folder("a", 0755).file("a/x", "x", 06755).file("new/y", "y").link("l", "x").take();

  EXPECT_EQ(unpack_from(scratch, tar, {.owner = 1000}).problem, "");

  for (const char* path : {"a", "a/x", "new", "new/y", "l"}) {
    EXPECT_EQ(scratch.status(path).st_uid, 1000U) << path;
    EXPECT_EQ(scratch.status(path).st_gid, 1000U) << path;
  }
  EXPECT_EQ(scratch.status("a/x").st_mode & 07777U, 0755U);
}

// Each is refused with a reason, and what is outside stays as it is.
struct Hostile {
  const char* name;
  std::function<void(TarWriter&)> archive;
  const char* reason;
};

class UnpackHostile : public testing::TestWithParam<Hostile> {};

TEST_P(UnpackHostile, is_refused_and_touches_nothing_outside) {
  for (const bool replace : {false, true}) {
    const Scratch scratch;
    // Hard links cannot be made between file systems: here they could.
    fs::create_symlink(scratch.around(), scratch.inside() / "way");
    TarWriter writer;
    writer.file("before", "fine");
    GetParam().archive(writer);

    const auto done = unpack_from(scratch, writer.file("after", "not reached").take(), {.replace = replace});

    EXPECT_THAT(done.problem, HasSubstr(GetParam().reason));
    EXPECT_TRUE(scratch.outside_is_untouched());
    EXPECT_EQ(done.entries, scratch.content().size() - 1) << "it says what it has written";
    EXPECT_FALSE(scratch.content().contains("after"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Archives, UnpackHostile,
    testing::Values(
        Hostile{"absolute", [](TarWriter& to) { to.file("/tmp/x", "x"); }, "is an absolute path"},
        Hostile{"climbs", [](TarWriter& to) { to.file("../outside", "x"); }, "leads out of it"},
        Hostile{"climbs_in_the_middle", [](TarWriter& to) { to.file("a/../../outside", "x"); }, "leads out of it"},
        Hostile{"through_a_link", [](TarWriter& to) { to.link("out", "..").file("out/outside", "x"); },
                "nothing is written through one"},
        Hostile{"through_a_link_that_is_there", [](TarWriter& to) { to.file("way/outside", "x"); },
                "nothing is written through one"},
        Hostile{"folder_through_a_link", [](TarWriter& to) { to.folder("way/new"); }, "nothing is written through one"},
        Hostile{"new_folders_through_a_link", [](TarWriter& to) { to.file("way/new/x", "x"); },
                "nothing is written through one"},
        Hostile{"link_through_a_link", [](TarWriter& to) { to.link("way/l", "x"); }, "nothing is written through one"},
        Hostile{"second_name_of_outside", [](TarWriter& to) { to.second_name("x", "../outside"); }, "leads out of it"},
        Hostile{"second_name_absolute", [](TarWriter& to) { to.second_name("x", "/etc/passwd"); }, "is an absolute path"},
        Hostile{"second_name_through_a_link", [](TarWriter& to) { to.second_name("x", "way/outside"); },
                "which is no file here"},
        Hostile{"second_name_of_a_link", [](TarWriter& to) { to.second_name("x", "way"); }, "which is no file here"},
        Hostile{"device", [](TarWriter& to) { to.special("d", S_IFBLK); }, "is neither file, folder nor link"},
        Hostile{"character_device", [](TarWriter& to) { to.special("d", S_IFCHR); }, "is neither file, folder nor link"},
        Hostile{"pipe", [](TarWriter& to) { to.special("p", S_IFIFO); }, "is neither file, folder nor link"},
        Hostile{"gigantic", [](TarWriter& to) { to.promise("big", 1ULL << 60); }, "there is room for"},
        Hostile{"too_deep",
                [](TarWriter& to) {
                  std::string deep;
                  for (int i = 0; i != 150; ++i) deep += "a/";
                  to.file((deep + "x").c_str(), "x");
                },
                "100 folders deep"}),
    [](const auto& one) { return one.param.name; });

TEST(Unpack, overwrites_nothing_unless_it_is_to_replace_it) {
  const Scratch scratch;
  scratch.write("a/x", "before");
  const auto tar = TarWriter().file("new", "n").file("a/x", "after").take();

  const auto refused = unpack_from(scratch, tar);
  EXPECT_TRUE(refused.in_the_way);
  EXPECT_THAT(refused.problem, HasSubstr("`a/x` is there already"));
  EXPECT_EQ(refused.entries, 1U);
  EXPECT_EQ(scratch.content()["a/x"], "before");

  EXPECT_EQ(unpack_from(scratch, tar, {.replace = true}).problem, "");
  EXPECT_THAT(scratch.content(), UnorderedElementsAre(Pair("a", "/"), Pair("a/x", "after"), Pair("new", "n")));
}

TEST(Unpack, replaces_a_link_itself_and_never_what_it_leads_to) {
  const Scratch scratch;
  fs::create_symlink("../outside", scratch.inside() / "file");
  fs::create_symlink("../beside", scratch.inside() / "folder");

  EXPECT_EQ(unpack_from(scratch, TarWriter().file("file", "mine").file("folder", "mine").take(), {.replace = true}).problem,
            "");

  EXPECT_THAT(scratch.content(), UnorderedElementsAre(Pair("file", "mine"), Pair("folder", "mine")));
  EXPECT_TRUE(scratch.outside_is_untouched());
  fs::remove(scratch.inside() / "folder");
  fs::create_symlink("../beside", scratch.inside() / "folder");
  EXPECT_THAT(unpack_from(scratch, TarWriter().folder("folder").take()).problem, HasSubstr("is no folder"));
  EXPECT_EQ(unpack_from(scratch, TarWriter().folder("folder").file("folder/x", "x").take(), {.replace = true}).problem, "");
  EXPECT_EQ(scratch.content()["folder/x"], "x");
  EXPECT_TRUE(scratch.outside_is_untouched());
}

TEST(Unpack, does_not_take_a_folder_away_for_a_file) {
  const Scratch scratch;
  scratch.write("a/x", "kept");

  EXPECT_THAT(unpack_from(scratch, TarWriter().file("a", "file").take(), {.replace = true}).problem, HasSubstr("is a folder"));
  EXPECT_THAT(scratch.content(), UnorderedElementsAre(Pair("a", "/"), Pair("a/x", "kept")));
}

TEST(Unpack, keeps_two_names_of_one_file) {
  const Scratch scratch;
  const auto tar = TarWriter().file("a", "both").second_name("b", "a").take();

  EXPECT_EQ(unpack_from(scratch, tar).problem, "");
  EXPECT_EQ(scratch.status("a").st_ino, scratch.status("b").st_ino);
  EXPECT_EQ(unpack_from(scratch, tar, {.replace = true}).problem, "");
  EXPECT_THAT(scratch.content(), UnorderedElementsAre(Pair("a", "both"), Pair("b", "both")));
}

TEST(Unpack, of_a_stream_that_breaks_off_leaves_no_half_of_a_file) {
  const auto whole = TarWriter().file("a", "x").file("b", std::string(9000, 'b')).take();
  // In the head of b, in its data, and before the archive's end.
  for (const std::size_t length : {1100U, 5000U, 600U}) {
    const Scratch scratch;
    const auto done = unpack_from(scratch, whole.substr(0, length), {}, true);
    EXPECT_THAT(done.problem, HasSubstr("broke off")) << length;
    EXPECT_FALSE(scratch.content().contains("b")) << length;
    EXPECT_EQ(done.entries, scratch.content().size());
  }
}

TEST(Unpack, says_what_is_no_archive) {
  const Scratch scratch;
  EXPECT_THAT(unpack_from(scratch, std::string(2000, 'z')).problem, HasSubstr("it is no tar archive"));
  EXPECT_THAT(unpack_from(scratch, "\x1F\x8B\x08" + std::string(2000, 'z')).problem, HasSubstr("packed with gzip"));
  EXPECT_EQ(unpack_from(scratch, "").problem, "it is empty");
  EXPECT_EQ(unpack_from(scratch, std::string(1024, '\0')).problem, "") << "an archive of nothing";
  EXPECT_THAT(scratch.content(), testing::IsEmpty());
}

TEST(Unpack, does_not_get_over_what_it_does_not_understand) {
  const Scratch scratch;
  auto tar = TarWriter().file("a", "x").file("b", "y").file("c", "z").take();
  tar[1024 + 150] ^= 1;  // in the checksum of b

  EXPECT_THAT(unpack_from(scratch, tar).problem, HasSubstr("damaged"));
  EXPECT_THAT(scratch.content(), UnorderedElementsAre(Pair("a", "x")));
}

TEST(Unpack, takes_no_more_than_the_room_it_is_given) {
  constexpr std::uint64_t kibibyte = 1024;
  const Scratch scratch;
  const auto large =
      unpack_from(scratch, TarWriter().file("a", std::string(200 * kibibyte, 'x')).take(), {.room = 100 * kibibyte});
  EXPECT_TRUE(large.no_room);
  EXPECT_EQ(large.entries, 0U);

  TarWriter many;
  for (int i = 0; i != 20; ++i) many.file(("f" + std::to_string(i)).c_str(), "");
  const auto done = unpack_from(scratch, many.take(), {.room = 100 * kibibyte});
  EXPECT_TRUE(done.no_room) << "files of nothing take inodes";
  EXPECT_EQ(done.entries, 6U);
}

// A member may say that it has two million holes; what is remembered of them is bounded by what is read of its head.
TEST(Unpack, bounds_what_comes_before_the_data_of_a_member) {
  const Scratch scratch;
  std::string map = "2000000\n";
  while (map.size() < (6U << 20)) map += "0\n0\n";
  map.resize(map.size() / 512 * 512);
  const auto record = [](const std::string& text) {
    std::size_t size = text.size() + 3;
    while (std::to_string(size).size() + 1 + text.size() != size) size = std::to_string(size).size() + 1 + text.size();
    return std::to_string(size) + " " + text;
  };
  std::string pax = record("GNU.sparse.major=1\n") + record("GNU.sparse.minor=0\n") + record("GNU.sparse.name=holes\n") +
                    record("GNU.sparse.realsize=9000000000000\n");
  std::string tar = TarWriter(archive_write_set_format_ustar).file("PaxHeader", pax).file("holes", map).take();
  tar[156] = 'x';
  // The checksum of a head whose kind has changed.
  unsigned sum = 0;
  for (std::size_t i = 0; i != 512; ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(tar[i]);
  char text[9];
  std::snprintf(text, sizeof text, "%06o", sum);
  tar.replace(148, 8, std::string(text, 7) + " ");

  const auto done = unpack_from(scratch, tar);

  EXPECT_THAT(done.problem, HasSubstr("more than 4 MiB before its data"));
  EXPECT_THAT(scratch.content(), testing::IsEmpty());
}

}  // namespace
}  // namespace runtime::storage
