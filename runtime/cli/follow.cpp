#include "runtime/cli/follow.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <thread>

namespace runtime::cli {

namespace json = boost::json;

namespace {

std::string text(const json::value& of, const char* key) {
  const auto* found = of.as_object().if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string{};
}

bool goes_on(const std::string& stage) {
  return stage.starts_with("RUNNING") || stage == "APP_STARTING" || stage == "BUILDING";
}

}  // namespace

bool follow_app(const Client& client, const std::string& path, LogWriter& writer, std::string tail) {
  constexpr std::chrono::milliseconds pause{200};
  std::string shown;
  for (;;) {
    const json::value space = client.call({"GET", path, {}, {}});
    const std::string container = text(space, "container");
    if (!goes_on(text(space, "stage"))) {
      std::cerr << fmt::format("{} {}\n", text(space, "stage"), text(space, "message"));
      return false;
    }
    if (!shown.empty()) tail = container == shown ? "0" : "all";
    shown = container;
    const bool complete = client.stream({"GET", path + "/logs", "?follow=1&tail=" + tail, {}},
                                        [&](std::string_view bytes) { return writer.feed(bytes); });
    if (!complete) return true;
    std::this_thread::sleep_for(pause);  // a container that ended is replaced in a moment
  }
}

}  // namespace runtime::cli
