#pragma once
// The command line's side of api.sock.

#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/state/trouble.hpp"

namespace runtime::cli {

class Client {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  struct Request {
    std::string method = "GET";
    std::string path;
    std::string query;  ///< with its `?`, or empty
    std::string body;
  };

  /// Does a `serve` answer?
  bool reachable() const;
  /// The answer as JSON. Throws Trouble: what the API said, or that nobody answers.
  boost::json::value call(const Request& request) const;
  /// Hands over the pieces of the answer as they come; ends early when `sink` returns false or at Ctrl-C, and then
  /// returns false.
  bool stream(const Request& request, const std::function<bool(std::string_view)>& sink) const;

 private:
  std::filesystem::path socket_;
};

}  // namespace runtime::cli
