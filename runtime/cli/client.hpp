#pragma once
// The command line's side of api.sock.

#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "runtime/state/trouble.hpp"

namespace runtime::cli {

class Interrupt;

class Client {
 public:
  /// With `interrupt` calls end early once it has come; without, signals do what they always do.
  explicit Client(std::filesystem::path socket, const Interrupt* interrupt = nullptr)
      : socket_(std::move(socket)), interrupt_(interrupt) {}

  struct Request {
    std::string method = "GET";
    std::string path;
    std::string query;  ///< with its `?`, or empty
    std::string body;
    /// Instead of `body`: its next piece, valid until the next call; empty: that was all. May block. Not called any more once the API has
    /// answered.
    std::function<std::string_view()> more{};
  };

  /// Does a `serve` answer?
  bool reachable() const;
  /// The answer as JSON. Throws Trouble: what the API said, or that nobody answers; and Interrupted.
  boost::json::value call(const Request& request) const;
  /// Hands over the pieces of the answer as they come; ends early when `sink` returns false or when interrupted, and then
  /// returns false. `beat` is called ten times a second meanwhile. `notes`: what the trailer `spaceport-notes` says.
  bool stream(const Request& request, const std::function<bool(std::string_view)>& sink, const std::function<void()>& beat = {},
              std::string* notes = nullptr) const;

 private:
  std::filesystem::path socket_;
  const Interrupt* interrupt_;
};

}  // namespace runtime::cli
