#pragma once
// How the endpoints of an upstream share its requests: weights, the rule of choice, health, and limits. The gateway file and
// the feed use the same words.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace config {

/// One endpoint as it is written: a text, or `{address: TEXT, weight: 2, max_in_flight: 10}`.
struct EndpointEntry {
  EndpointEntry() = default;
  // Not explicit: nearly all are a text and nothing more.
  EndpointEntry(std::string written) : address(std::move(written)) {}
  EndpointEntry(const char* written) : address(written) {}

  std::string address;         ///< `HOST:PORT`, `unix:PATH` or `netns:ID@GENERATION:PORT`
  unsigned weight = 1;         ///< `weight`: 1 to 1000, its share beside the others
  unsigned max_in_flight = 0;  ///< `max_in_flight`: requests at once, over all workers; 0: no limit
  friend bool operator==(const EndpointEntry&, const EndpointEntry&) = default;
};

/// `balance`: which endpoint takes a request.
enum class Balance : std::uint8_t {
  two_choices,  ///< the less loaded of two at random
  round_robin,  ///< each in turn, by weight
  hash,         ///< always the same one for the same client, field or cookie, as long as it is there
  sticky,       ///< the one that a cookie of ours names; the first time as two_choices
};

/// `hash: {by: client | header | cookie, name: NAME}`
struct HashBy {
  enum class Source : std::uint8_t { client, header, cookie };
  Source source = Source::client;
  std::string name;  ///< of the field (lower case) or cookie
  friend bool operator==(const HashBy&, const HashBy&) = default;
};

/// `health`: what decides that an endpoint is passed over. As long as there is another one: all are never passed over.
struct HealthCheck {
  std::string path;                            ///< `path`: asked for with GET, 200 to 399 is good; empty: it is not
  std::chrono::milliseconds interval{10'000};  ///< `interval`: between two questions
  std::chrono::milliseconds timeout{2'000};    ///< `timeout`: for each of connection and answer
  unsigned healthy_after = 2;                  ///< `healthy_after`: good answers in a row
  unsigned unhealthy_after = 3;                ///< `unhealthy_after`: bad ones in a row
  unsigned eject_after = 5;  ///< `eject_after`: requests in a row that were cut off or answered 502, 503 or 504
  std::chrono::milliseconds eject_for{
      10'000};                              ///< `eject_for`: the first time; twice as long each time after, 5 minutes at most
  std::chrono::milliseconds slow_start{0};  ///< `slow_start`: from nothing to its whole share after it came back
  /// `grpc: SERVICE`: of that service grpc.health.v1.Health/Check is asked, and SERVING is good; an empty text is the server as a
  /// whole. Only with `protocol: h2c`, and not beside `path`. Neither of them: nobody asks.
  std::optional<std::string> grpc{};
  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;

  /// What is asked, in words: `/up`, `grpc.health.v1.Health/Check of SERVICE`. Empty: nothing.
  std::string question() const;
};

/// `max_in_flight` and `queue: {length, deadline}`: for an upstream, or for a whole site of the feed.
struct Limits {
  unsigned max_in_flight = 0;                       ///< over all workers; 0: no limit
  unsigned queue_length = 100;                      ///< who waits for a place; beyond it 503 `saturated`
  std::chrono::milliseconds queue_deadline{5'000};  ///< how long
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// Everything of an upstream besides its endpoints.
struct Balancing {
  Balance balance = Balance::two_choices;
  HashBy hash;
  std::string sticky_cookie = "spaceport_endpoint";  ///< `sticky: {cookie: NAME}`
  HealthCheck health;
  Limits limits;
  friend bool operator==(const Balancing&, const Balancing&) = default;
};

/// The word for a rule, as it is written: `two_choices`.
std::string_view name(Balance) noexcept;

}  // namespace config
