#pragma once
// Shows a deployment as it goes on: drawn live on a terminal, plain lines elsewhere, JSON lines for programs.

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "runtime/cli/live_view.hpp"
#include "runtime/cli/screen.hpp"

namespace runtime::cli {

class ProgressView {
 public:
  enum class Form : unsigned char {
    live,   ///< drawn over itself
    plain,  ///< a line for each thing that happens
    json,   ///< the events as they come
  };
  /// What standard output can take: `live` on a terminal that has a cursor to move.
  static Form form(bool as_json);

  explicit ProgressView(Form form) : form_(form), screen_(1) {}

  /// Bytes of the stream of events. False: nobody reads what we write.
  bool feed(std::string_view bytes);
  /// Time has passed: what is live is drawn again.
  void tick();
  /// No more is drawn; other text may follow.
  void end();

  /// Has the deployment failed, as far as was heard?
  bool failed() const noexcept { return failed_; }
  const std::string& stage() const noexcept { return stage_; }
  /// The number of the deployment; 0: nothing was heard of it.
  std::int64_t deployment() const noexcept { return deployment_; }

 private:
  void show(const boost::json::object& event);
  void show_plain(const boost::json::object& event);
  void show_stage(const boost::json::object& event);
  std::string clean(const boost::json::object& event, const char* key) const;

  Form form_;
  LiveView view_;
  Screen screen_;
  bool failed_ = false;
  std::int64_t deployment_ = 0;
  std::string partial_;
  std::string stage_;
  std::string step_;
};

}  // namespace runtime::cli
