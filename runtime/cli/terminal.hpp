#pragma once
// What people see: plain lines, or colours when it is a terminal. And what they type without echo.

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/state/secret_box.hpp"
#include "runtime/state/trouble.hpp"

namespace runtime::cli {

bool is_terminal(int descriptor);
enum class Colour : unsigned char { plain, good, bad, dim, strong };
std::string paint(std::string_view text, Colour colour);

/// On standard error: what, where and the next step; with `as_json` as one JSON object.
void complain(const state::Trouble& trouble, bool as_json);

/// `K=V`, or `K` whose value is in our environment. Throws Trouble.
std::pair<std::string, std::string> assignment(const std::string& text);
/// From the environment, else asked for on the terminal without echo. Throws Trouble when neither is possible.
state::SecretValue secret_value(const std::string& name);

/// Shows the events of a deployment as they come. Feed it the bytes of the stream; afterwards `failed` tells the result.
class ProgressView {
 public:
  explicit ProgressView(bool as_json) : as_json_(as_json) {}
  bool feed(std::string_view bytes);
  bool failed() const noexcept { return failed_; }
  const std::string& stage() const noexcept { return stage_; }

 private:
  void show(const boost::json::object& event);
  void show_stage(const boost::json::object& event);
  bool as_json_;
  bool failed_ = false;
  std::string partial_;
  std::string stage_;
  std::string step_;
};

}  // namespace runtime::cli
