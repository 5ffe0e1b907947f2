#pragma once
// A talk by hand: what it says as text, what it is told byte by byte.

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "loadtest/drive/talk.hpp"
#include "loadtest/plan/url.hpp"

namespace loadtest::drive::test {

struct TalkTargets {
  static plan::Target get(const std::string& method = "GET", std::size_t body = 0) {
    auto target = plan::parse_url("http://a.test/path?q=1").value.value();
    target.method = method;
    if (body != 0) target.body = std::make_shared<const std::string>(body, 'b');
    return target;
  }
};

struct TalkScene : TalkTargets {
  explicit TalkScene(std::vector<plan::Target> targets = {get()}, plan::Transport how = {})
      : transport(std::move(how)), lane(prepare(targets, transport)) {}

  /// A request that is due now.
  Flight& flight(std::size_t target = 0) {
    auto& made = flights.emplace_back();
    made.prepared = lane.targets[target].get();
    made.begin_again();
    made.sample.due = 0;
    return made;
  }
  /// Everything that it has to say, said.
  std::string said(Talk& talk) {
    std::string all;
    for (auto out = talk.output(); !out.empty(); out = talk.output()) {
      all.append(out.data(), out.size());
      talk.wrote(out.size());
    }
    return all;
  }
  void tell(Talk& talk, std::string_view bytes, Nanoseconds at = 1000) { talk.received(bytes, at, landed); }

  plan::Transport transport;
  PreparedLane lane;
  measure::Recorder recorder;
  std::deque<Flight> flights;
  Landed landed;
};

}  // namespace loadtest::drive::test
