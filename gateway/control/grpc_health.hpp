#pragma once
// What a gRPC server is asked about its health, and what it may answer: the messages of grpc.health.v1 as bytes on the wire
// (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). Pure; two fields need no library.

#include <string>
#include <string_view>

namespace gw::control {

/// The method that is called, as a path.
inline constexpr std::string_view grpc_health_check = "/grpc.health.v1.Health/Check";

/// The body of the call: `HealthCheckRequest{service}`, with the five bytes that gRPC puts before a message.
std::string grpc_health_question(std::string_view service);

/// Does the body of an answer hold one whole `HealthCheckResponse`, and is its status SERVING?
bool grpc_health_is_serving(std::string_view body) noexcept;

}  // namespace gw::control
