#pragma once
// What is asked: one request of the load, as somebody wrote it.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace loadtest::plan {

enum class Scheme : std::uint8_t { http, https, ws, wss };

/// Where a request goes and what its connection may carry besides: targets with equal origins share connections.
struct Origin {
  Scheme scheme = Scheme::http;
  std::string host;  ///< as in the URL, without brackets, in lower case
  std::uint16_t port = 80;
  std::string client = {};  ///< whose connections these are; empty: everybody's. What is asked does not depend on it
  bool secure() const noexcept { return scheme == Scheme::https || scheme == Scheme::wss; }
  /// What Host and `:authority` say: the port only when it is not the scheme's own.
  std::string authority() const;
  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Target {
  std::string method = "GET";
  Origin origin;
  std::string path = "/";                                   ///< with its query; never empty
  std::vector<std::pair<std::string, std::string>> fields;  ///< as given, in order; Host is here when somebody overrides it
  std::shared_ptr<const std::string> body;                  ///< null: none. Shared, for many targets may name one file
  std::string url() const;
};

}  // namespace loadtest::plan
