#pragma once
// A folder whose inside is a volume and whose outside must stay as it is.

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "gateway/net/descriptor.hpp"

namespace runtime::storage::test {

class Scratch {
 public:
  Scratch() {
    std::filesystem::create_directories(inside());
    std::ofstream(folder_ / "outside") << "untouched";
    std::filesystem::create_directory(folder_ / "beside");
    root_.reset(::open(inside().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  int root() const { return root_.get(); }
  std::filesystem::path inside() const { return folder_ / "inside"; }
  const std::filesystem::path& around() const { return folder_; }
  /// What is below: name -> content, `/` for folders, `-> target` for links.
  std::map<std::string, std::string> content() const { return listing(inside()); }
  bool outside_is_untouched() const {
    auto all = listing(folder_);
    std::erase_if(all, [](const auto& one) { return one.first.starts_with("inside"); });
    return all == std::map<std::string, std::string>{{"outside", "untouched"}, {"beside", "/"}};
  }
  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories((inside() / path).parent_path());
    std::ofstream(inside() / path) << content;
  }
  struct stat status(const std::string& path) const {
    struct stat out {};
    ::lstat((inside() / path).c_str(), &out);
    return out;
  }

 private:
  static std::filesystem::path fresh() {
    // Not below /tmp, which may be a file system without attributes of users.
    char name[] = "/var/tmp/sp-tar-XXXXXX";
    return ::mkdtemp(name);
  }
  static std::map<std::string, std::string> listing(const std::filesystem::path& folder) {
    std::map<std::string, std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      auto& what = out[entry.path().lexically_relative(folder).string()];
      if (entry.is_symlink()) {
        what = "-> " + std::filesystem::read_symlink(entry.path()).string();
      } else if (entry.is_directory()) {
        what = "/";
      } else {
        std::ifstream in(entry.path(), std::ios::binary);
        what.assign(std::istreambuf_iterator<char>(in), {});
      }
    }
    return out;
  }

  std::filesystem::path folder_ = fresh();
  gw::net::Descriptor root_;
};

}  // namespace runtime::storage::test
