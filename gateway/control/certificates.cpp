#include "gateway/control/certificates.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "gateway/net/whole_file.hpp"

namespace gw::control {
namespace {

net::TlsSettings settings_of(const config::Listener& listener) {
  net::TlsSettings settings;
  for (const auto& pair : listener.certificates) settings.certificates.push_back({pair.certificate, pair.private_key});
  settings.client_ca = listener.client_ca;
  settings.only_tls_1_3 = listener.only_tls_1_3;
  settings.http2 = listener.http2;
  switch (listener.client_certificate) {
    case config::ClientCertificate::none:
      break;
    case config::ClientCertificate::request:
      settings.client_certificate = net::ClientCertificate::request;
      break;
    case config::ClientCertificate::require:
      settings.client_certificate = net::ClientCertificate::require;
      break;
  }
  return settings;
}

}  // namespace

LoadedTls load_tls(const config::Listener& listener, const HandedFiles& handed) {
  LoadedTls loaded;
  std::size_t denied = 0;
  const auto read = [&](const std::string& path, std::string& problem) -> std::optional<std::string> {
    if (const auto known = handed.find(path); known != handed.end()) return known->second;
    std::string reason;
    auto text = net::read_whole_file(path, reason);
    if (text) return text;
    if (errno == EACCES || errno == EPERM) ++denied;
    problem = "cannot read " + path + ": " + reason;
    return std::nullopt;
  };
  loaded.context = net::TlsContext::load(settings_of(listener), read, loaded.problems);
  loaded.denied = denied != 0 && denied == loaded.problems.size();
  return loaded;
}

std::vector<std::string> files_of(const config::Listener& listener) {
  std::vector<std::string> files;
  for (const auto& pair : listener.certificates) files.insert(files.end(), {pair.certificate, pair.private_key});
  if (!listener.client_ca.empty()) files.push_back(listener.client_ca);
  return files;
}

std::vector<std::string> watched_files(const std::vector<config::Listener>& listeners) {
  std::vector<std::string> watched;
  for (const auto& listener : listeners) {
    if (!listener.tls) continue;
    const auto files = files_of(listener);
    const bool denied = std::any_of(files.begin(), files.end(), [](const std::string& path) {
      return ::access(path.c_str(), R_OK) != 0 && errno == EACCES;
    });
    if (!denied) watched.insert(watched.end(), files.begin(), files.end());
  }
  return watched;
}

}  // namespace gw::control
