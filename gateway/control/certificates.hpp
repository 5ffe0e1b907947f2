#pragma once
// From a listener's files to its TLS settings. Main thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/gateway_file.hpp"
#include "gateway/net/tls_context.hpp"

namespace gw::control {

/// Files whose content somebody has handed over, because we may not read them ourselves (any more): path → content.
using HandedFiles = std::map<std::string, std::string>;

/// What became of a listener's files.
struct LoadedTls {
  std::shared_ptr<net::TlsContext> context;  ///< null when there are problems
  std::vector<std::string> problems;         ///< a sentence each
  bool denied = false;                       ///< all of them are files that we may not read
};

/// Reads and checks all files of a TLS listener; those in `handed` are not read.
LoadedTls load_tls(const config::Listener& listener, const HandedFiles& handed);

/// The files of a TLS listener.
std::vector<std::string> files_of(const config::Listener& listener);

/// The files of all TLS listeners, without those of a listener of which we may not read one: that is reloaded by whoever may.
std::vector<std::string> watched_files(const std::vector<config::Listener>& listeners);

}  // namespace gw::control
