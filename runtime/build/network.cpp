#include "runtime/build/network.hpp"

#include "runtime/engine/documents.hpp"

namespace runtime::build {

std::string network_query(std::string_view network, bool buildkit) {
  // BuildKit knows no other word; the name of a network is refused.
  if (buildkit) return network == "host" || network == "none" ? "&networkmode=" + std::string(network) : std::string();
  // Podman 4.3 does not look at networkmode, and gives steps the network of the host unless it is told so.
  if (network == "host") return {};
  return "&nsoptions=" + engine::url_encode(R"([{"Name":"network","Host":false,"Path":""}])");
}

std::string network_problem(std::string_view network, bool buildkit) {
  return buildkit || network != "none" ? std::string() : "this engine cannot build without a network: it has no BuildKit";
}

}  // namespace runtime::build
