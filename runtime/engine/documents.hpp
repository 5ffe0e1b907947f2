#pragma once
// The engine's JSON documents: ours to theirs and theirs to ours. Pure.

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/error.hpp"
#include "runtime/engine/types.hpp"

namespace runtime::engine {

boost::json::object to_json(const ContainerSpec&);
boost::json::object to_json(const NetworkSpec&);
boost::json::object to_json(const VolumeSpec&);
boost::json::object to_json(const Limits&);
/// The value of `filters=`: {"label":[...]}, and {"status":[...]} unless it is empty.
std::string filters(const std::vector<std::string>& labels, std::string_view status = {});
std::string filters(const EventFilter&);
/// Are all there? `key` or `key=value`.
bool has_all(const Labels& labels, const std::vector<std::string>& wanted);
/// The same actions in podman's own words, by which it filters while it says docker's.
EventFilter as_podman(EventFilter);

/// Reading never fails: what is missing keeps its default, so that a newer engine's documents do.
Container to_container(const boost::json::value&);
ContainerSummary to_summary(const boost::json::value&);
Image to_image(const boost::json::value&);
Network to_network(const boost::json::value&);
Volume to_volume(const boost::json::value&);
Info to_info(const boost::json::value&);
Stats to_stats(const boost::json::value&);
Event to_event(const boost::json::value&);

/// The text of an error answer: `message`, podman's `cause`, or the body itself.
Error to_error(int status, std::string_view body);

/// Percent-encodes for a query.
std::string url_encode(std::string_view text);

}  // namespace runtime::engine
