#pragma once
// A target as it goes on the wire, made once: requests of a load differ in nothing but their time.

#include <nghttp2/nghttp2.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http/message.hpp"
#include "loadtest/plan/settings.hpp"

namespace loadtest::drive {

struct Prepared {
  std::uint32_t target = 0;                 ///< its place in the lane
  std::uint32_t origin = 0;                 ///< likewise among the lane's origins
  std::string head;                         ///< HTTP/1: the head, with the body behind it if that is small: one write
  std::shared_ptr<const std::string> body;  ///< what is not in `head`; null: nothing
  gw::http::RequestHead about;              ///< what a reader of answers must know
  std::vector<nghttp2_nv> fields;           ///< HTTP/2: views of `words` and of the target
  std::deque<std::string> words;
  std::shared_ptr<const std::string> whole_body;  ///< HTTP/2: null or empty: none
  std::size_t bytes = 0;                          ///< of a request over HTTP/1
};

/// The targets of a lane and the origins that they have. Immutable; all threads share it.
struct PreparedLane {
  std::vector<std::unique_ptr<const Prepared>> targets;
  std::vector<plan::Origin> origins;
};

PreparedLane prepare(const std::vector<plan::Target>& targets, const plan::Transport& transport);

}  // namespace loadtest::drive
