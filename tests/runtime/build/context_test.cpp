#include "runtime/build/context.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/runtime/state/temporary_folder.hpp"

namespace runtime::build {
namespace {

namespace fs = std::filesystem;

struct Folder : state::test::TemporaryFolder {
  void put(const std::string& name, std::string_view text) const {
    fs::create_directories((path() / name).parent_path());
    std::ofstream(path() / name) << text;
  }
};

std::map<std::string, std::string> unpack(const std::string& bytes) {
  std::map<std::string, std::string> out;
  auto* reader = archive_read_new();
  archive_read_support_format_tar(reader);
  archive_read_open_memory(reader, bytes.data(), bytes.size());
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string text(static_cast<std::size_t>(archive_entry_size(entry)), '\0');
    archive_read_data(reader, text.data(), text.size());
    const char* link = archive_entry_symlink(entry);
    EXPECT_EQ(archive_entry_uid(entry) + archive_entry_gid(entry), 0) << "whose files these are is nobody's business";
    out[archive_entry_pathname(entry)] = link != nullptr ? std::string("-> ") + link : text;
  }
  archive_read_free(reader);
  return out;
}

TEST(Context, packs_files_links_and_folders_but_not_what_is_ignored) {
  const Folder folder;
  folder.put("Dockerfile", "FROM a");
  folder.put("app/main.py", "print()");
  folder.put("secret.env", "x");
  fs::create_symlink("app/main.py", folder.path() / "link");
  ASSERT_EQ(::chown((folder.path() / "Dockerfile").c_str(), ::geteuid() == 0 ? 1234 : ::geteuid(), ::getegid()), 0);
  ContextOptions options{folder.path(), Dockerignore::parse("*.env\nDockerfile\n"), {"Dockerfile"}, {}};
  const auto files = unpack(pack_all(options));
  EXPECT_EQ(files.at("Dockerfile"), "FROM a");
  EXPECT_EQ(files.at("app/main.py"), "print()");
  EXPECT_EQ(files.at("link"), "-> app/main.py");
  EXPECT_FALSE(files.contains("secret.env"));
}

TEST(Context, takes_back_what_an_exclamation_mark_names) {
  const Folder folder;
  folder.put("a/keep", "1");
  folder.put("a/drop", "2");
  const auto files = unpack(pack_all({folder.path(), Dockerignore::parse("*\n!a/keep\n"), {}, {}}));
  EXPECT_TRUE(files.contains("a/keep"));
  EXPECT_FALSE(files.contains("a/drop"));
}

TEST(Context, the_same_folder_gives_the_same_bytes_and_no_pax_header) {
  const Folder folder;
  folder.put(std::string(150, 'n') + "/" + std::string(120, 'f'), "deep");
  folder.put("b", "2");
  const ContextOptions options{folder.path(), {}, {}, {}};
  const auto bytes = pack_all(options);
  EXPECT_EQ(bytes, pack_all(options));
  EXPECT_EQ(bytes.find("PaxHeader"), std::string::npos);
  EXPECT_EQ(unpack(bytes).size(), 3u);
}

TEST(Context, sends_a_replacement_and_leaves_devices_out) {
  const Folder folder;
  folder.put("Dockerfile", "old");
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  std::vector<std::string> warnings;
  const auto files = unpack(pack_all({folder.path(), {}, {}, {{"Dockerfile", "replaced"}}}, &warnings));
  EXPECT_EQ(files.at("Dockerfile"), "replaced");
  EXPECT_FALSE(files.contains("pipe"));
  EXPECT_EQ(warnings.size(), 1u);
}

}  // namespace
}  // namespace runtime::build
