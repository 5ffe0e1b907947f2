#include "runtime/supervise/journal.hpp"

#include <utility>

#include "config/text_check.hpp"

namespace runtime::supervise {

Journal::Listener::Listener(Journal& journal, gw::net::Worker& worker) : journal_(&journal), signal_(worker) {
  journal.listeners_.insert(this);
}

Journal::Listener::~Listener() {
  if (journal_ != nullptr) journal_->listeners_.erase(this);
}

gw::net::Task<std::optional<std::string>> Journal::Listener::next(std::chrono::milliseconds patience) {
  if (lines_.empty() && journal_ != nullptr) co_await signal_.wait(patience);
  if (lost_ != 0) {
    const boost::json::object event{{"event", "lost"}, {"lines", std::exchange(lost_, 0)}};
    std::string told = boost::json::serialize(event);
    co_return told;
  }
  if (lines_.empty()) co_return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  bytes_ -= line.size();
  co_return line;
}

void Journal::Listener::hear(const std::string& line) {
  lines_.push_back(line);
  bytes_ += line.size();
  for (; lines_.size() > 1 && (lines_.size() > most_lines || bytes_ > most_bytes); ++lost_) {
    bytes_ -= lines_.front().size();
    lines_.pop_front();
  }
  signal_.raise();
}

std::string Journal::line_of(const boost::json::object& event) { return config::as_utf8(boost::json::serialize(event)); }

void Journal::say(const boost::json::object& event) {
  const std::string line = line_of(event);
  for (Listener* listener : listeners_) listener->hear(line);
}

void Journal::close() {
  for (Listener* listener : listeners_) {
    listener->journal_ = nullptr;
    listener->signal_.raise();
  }
  listeners_.clear();
}

}  // namespace runtime::supervise
