#include "gateway/net/file_watch.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gw::net {
namespace {

namespace fs = std::filesystem;

struct Scene {
  Scene() {
    char name[] = "/tmp/spaceport-watch-XXXXXX";
    folder = ::mkdtemp(name);
    write("one.pem", "1");
    write("one.key", "1");
    link("one");
    watch = FileWatch({folder / "live.pem", folder / "live.key"});
  }
  ~Scene() { fs::remove_all(folder); }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  void write(const std::string& file, const std::string& text) const { std::ofstream(folder / file) << text; }
  /// As certbot does it: `live.pem` is a link to the newest one, and is replaced.
  void link(const std::string& to) const {
    for (const char* end : {".pem", ".key"}) {
      fs::create_symlink(to + end, folder / "fresh");
      fs::rename(folder / "fresh", folder / ("live" + std::string(end)));
    }
  }
  fs::path folder;
  FileWatch watch;
};

TEST(FileWatch, a_change_is_told_once_and_when_it_has_settled) {
  Scene scene;
  EXPECT_FALSE(scene.watch.changed());
  scene.write("one.pem", "longer");
  EXPECT_FALSE(scene.watch.changed()) << "the key may follow";
  scene.write("one.key", "longer");
  EXPECT_FALSE(scene.watch.changed());
  EXPECT_TRUE(scene.watch.changed());
  EXPECT_FALSE(scene.watch.changed());
}

TEST(FileWatch, a_link_that_leads_elsewhere_is_a_change) {
  Scene scene;
  scene.write("two.pem", "1");
  scene.write("two.key", "1");
  scene.link("two");
  EXPECT_FALSE(scene.watch.changed());
  EXPECT_TRUE(scene.watch.changed());
}

TEST(FileWatch, a_file_that_is_gone_is_a_change_and_its_return_too) {
  Scene scene;
  fs::remove(scene.folder / "one.pem");
  EXPECT_FALSE(scene.watch.changed());
  EXPECT_TRUE(scene.watch.changed());
  scene.write("one.pem", "1");
  EXPECT_FALSE(scene.watch.changed());
  EXPECT_TRUE(scene.watch.changed());
}

}  // namespace
}  // namespace gw::net
