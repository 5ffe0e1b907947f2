#include "gateway/net/crew.hpp"

#include <utility>

#include "gateway/net/worker.hpp"

namespace gw::net {
namespace {

// More than a worker has at work on a good day; whoever is free beyond it ends, so that a burst does not hold memory for ever.
constexpr std::size_t most_free = 64;

}  // namespace

Crew::Crew(Worker& worker) noexcept : worker_(worker) { free_.reserve(most_free); }

Crew::~Crew() = default;

void Crew::start(Job& job) {
  if (free_.empty()) {
    auto& member = *members_.emplace_back(std::make_unique<Member>());
    member.place = members_.size() - 1;
    member.job = &job;
    return worker_.spawn(work(member));
  }
  Member& member = *free_.back();
  free_.pop_back();
  member.job = &job;
  member.next.notify();
}

Task<> Crew::work(Member& member) {
  for (;;) {
    try {
      co_await member.job->run();
    } catch (...) {
      Worker::report_bug(std::current_exception());
    }
    member.job = nullptr;
    if (free_.size() == most_free) break;
    free_.push_back(&member);
    co_await member.next.wait();
  }
  // After a burst thousands leave: the last takes the place of who does.
  const auto place = member.place;
  members_.back()->place = place;
  std::swap(members_[place], members_.back());
  members_.pop_back();
}

}  // namespace gw::net
