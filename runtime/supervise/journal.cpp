#include "runtime/supervise/journal.hpp"

namespace runtime::supervise {

Journal::Listener::Listener(Journal& journal, gw::net::Worker& worker) : journal_(&journal), signal_(worker) {
  journal.listeners_.insert(this);
}

Journal::Listener::~Listener() {
  if (journal_ != nullptr) journal_->listeners_.erase(this);
}

gw::net::Task<std::optional<std::string>> Journal::Listener::next(std::chrono::milliseconds patience) {
  if (lines_.empty() && journal_ != nullptr) co_await signal_.wait(patience);
  if (lines_.empty()) co_return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  co_return line;
}

void Journal::say(const boost::json::object& event) {
  // Nobody listens for long without reading, but a stuck reader must not eat the memory.
  constexpr std::size_t most_lines = 10'000;
  const std::string line = boost::json::serialize(event);
  for (Listener* listener : listeners_) {
    if (listener->lines_.size() < most_lines) listener->lines_.push_back(line);
    listener->signal_.raise();
  }
}

void Journal::close() {
  for (Listener* listener : listeners_) {
    listener->journal_ = nullptr;
    listener->signal_.raise();
  }
  listeners_.clear();
}

}  // namespace runtime::supervise
