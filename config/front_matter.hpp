#pragma once
// The YAML block at the top of a Space's README.md, as data.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problem.hpp"
#include "config/volumes.hpp"

namespace config {

/// A path rule to a port inside the container.
struct SpaceRoute {
  std::string path = "/";  ///< begins with `/`, ends without one (but for the root)
  std::uint16_t port = 0;  ///< 1 to 65535
  bool strip_prefix = false;
  std::size_t line = 0;  ///< where it stands in README.md
  friend bool operator==(const SpaceRoute&, const SpaceRoute&) = default;
};

/// An item of `preload_from_hub`: `repo`, `repo f1,f2` or `repo f1,f2 <commit>`.
struct Preload {
  std::string repo;
  std::vector<std::string> files;  ///< empty: all
  std::string revision;            ///< 40 hex digits; empty: the newest
  friend bool operator==(const Preload&, const Preload&) = default;
};

/// Signing in with a hub account.
struct OauthCard {
  bool enabled = false;             ///< `hf_oauth`
  std::vector<std::string> scopes;  ///< `hf_oauth_scopes`, beside `openid profile`
  std::chrono::minutes expiration{480};
  std::vector<std::string> authorized_orgs;
  std::string redirect_path = "/login/callback";
  friend bool operator==(const OauthCard&, const OauthCard&) = default;
};

struct SpaceCard {
  // What decides how the Space runs.
  std::string sdk;  ///< `docker`, else there is an error
  std::uint16_t app_port = 7860;
  std::vector<SpaceRoute> routes;     ///< ours: path rules to other ports of the container
  std::vector<std::uint16_t> expose;  ///< ours: also reachable as `<subdomain>--<port>.<domain>`
  std::vector<SpaceVolume> volumes;   ///< ours: what of the node's `volumes` is mounted beside /data
  std::string base_path = "/";        ///< the first page shown; never stripped from a request
  std::chrono::milliseconds startup_duration_timeout{std::chrono::minutes(30)};
  std::vector<std::pair<std::string, std::string>> custom_headers;  ///< lower case, added to every answer
  bool disable_embedding = false;
  std::vector<Preload> preload_from_hub;
  OauthCard oauth;

  // How it is shown.
  std::string title;  ///< empty: the name of the Space
  std::string emoji;
  std::string color_from;
  std::string color_to;
  bool full_width = true;
  std::string header = "default";
  std::string short_description;
  std::string thumbnail;
  bool pinned = false;
  std::string meta_title;
  std::string description;

  // What it says about itself.
  std::vector<std::string> models;
  std::vector<std::string> datasets;
  std::vector<std::string> tags;
  std::vector<std::string> licenses;
  std::string license_name;
  std::string license_link;
  std::string duplicated_from;
  std::string suggested_hardware;
  std::string suggested_storage;

  // Read and checked, without effect on a Docker Space.
  std::string sdk_version;
  std::string python_version;
  std::string app_file;
  std::string app_build_command;
  std::string dev_mode_folder;
  friend bool operator==(const SpaceCard&, const SpaceCard&) = default;
};

struct FrontMatterResult {
  SpaceCard value;
  Problems problems;
};

/// Reads the front matter of `readme`, the text of a README.md; what follows the block is not looked at. Lines are those of
/// the README itself. The value is usable when no problem is an error. Unknown keys are warnings: a hub ignores them.
FrontMatterResult read_front_matter(std::string_view readme, const std::string& file);

}  // namespace config
