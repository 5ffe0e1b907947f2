#include "gateway/control/events.hpp"

#include <boost/json.hpp>
#include <utility>

#include "gateway/net/deadline.hpp"
#include "gateway/net/waiter.hpp"

namespace gw::control {
namespace {

using net::Task;

constexpr net::Duration heartbeat{10'000};
// Of what a follower has not taken yet: a thousand lines. Nobody who reads at all is so late.
constexpr std::size_t most_pending = 64 * 1024;

std::string line(const boost::json::object& object) { return boost::json::serialize(object) + "\n"; }

boost::json::string_view text(std::string_view of) { return {of.data(), of.size()}; }

}  // namespace

/// Somebody who listens. Shared with what he is woken by.
class Events::Follower final : public std::enable_shared_from_this<Follower>, private net::Deadline {
 public:
  /// `first` is said before anything else, however long it is.
  Follower(net::Worker& worker, http::ClientSide& client, std::string first)
      : net::Deadline(worker.deadlines()), worker_(worker), client_(&client), pending_(std::move(first)) {}

  Task<> run() {
    http::ResponseHead head;
    head.status = 200;
    head.fields.add(http::Name::content_type, "application/x-ndjson");
    head.fields.add(http::Name::cache_control, "no-store");
    head.body = http::BodySize::unknown();
    const auto first = std::exchange(pending_, {});
    auto ok = co_await client_->write_head(head, {first, false, nullptr});
    while (ok && !over_) {
      if (pending_.empty()) co_await something();
      if (pending_.empty() || over_) continue;
      const auto lines = std::exchange(pending_, {});
      ok = co_await client_->write_body({lines, false, nullptr});
    }
    clear();
    client_->abort();
    client_ = nullptr;
  }

  void say(const std::string& line) {
    if (over_) return;
    if (pending_.size() + line.size() > most_pending) return end();
    pending_ += line;
    wake();
  }

  void end() {
    over_ = true;
    if (waiter_.waiting()) return wake();
    // He is being written to, and takes nothing.
    if (client_ != nullptr) client_->abort();
  }

 private:
  Task<> something() {
    expires_in(heartbeat);
    client_->watch([this] {
      over_ = true;
      wake();
    });
    co_await waiter_.wait();
    client_->watch(nullptr);
  }
  // Never inside the event itself.
  void wake() {
    worker_.post([self = shared_from_this()] { self->waiter_.notify(); });
  }
  void expired() noexcept override { say("{\"event\":\"alive\"}\n"); }

  net::Worker& worker_;
  http::ClientSide* client_;  ///< null: it is over
  net::Waiter waiter_;
  std::string pending_;
  bool over_ = false;
};

void Events::add(const std::shared_ptr<Follower>& one) {
  followers_.push_back(one);
  if (followers_.size() == 1) followed_(true);
}

void Events::remove(const std::shared_ptr<Follower>& one) {
  std::erase(followers_, one);
  if (followers_.empty()) followed_(false);
}

Task<> Events::follow(http::ClientSide& client, std::string outstanding) {
  const auto one = std::make_shared<Follower>(worker_, client, "{\"event\":\"hello\"}\n" + outstanding);
  add(one);
  co_await one->run();
  remove(one);
}

void Events::say(const std::string& line) {
  for (const auto& one : followers_) one->say(line);
}

void Events::end() {
  for (const auto& one : followers_) one->end();
}

std::string Events::wake_needed(std::string_view site) { return line({{"event", "wake_needed"}, {"site", text(site)}}); }
std::string Events::idle(std::string_view site, std::chrono::seconds unused) {
  return line({{"event", "idle"}, {"site", text(site)}, {"idle_seconds", unused.count()}});
}
std::string Events::busy(std::string_view site) { return line({{"event", "busy"}, {"site", text(site)}}); }

}  // namespace gw::control
