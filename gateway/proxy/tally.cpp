#include "gateway/proxy/tally.hpp"

#include <algorithm>

namespace gw::proxy {

void SiteCounts::ended(const Ended& exchange) {
  ++by_class[std::min<std::size_t>(exchange.status / 100, by_class.size() - 1)];
  if (exchange.cause) {
    const auto cause = static_cast<std::size_t>(*exchange.cause);
    if (causes.size() <= cause) causes.resize(cause + 1);
    ++causes[cause];
  }
  bytes_in += exchange.bytes_in;
  bytes_out += exchange.bytes_out;
  if (exchange.tunnel) return;
  std::size_t bucket = 0;
  while (bucket != bounds.size() && exchange.took > bounds[bucket]) ++bucket;
  ++took[bucket];
  took_together += std::chrono::duration_cast<std::chrono::microseconds>(exchange.took);
}

void SiteCounts::add(const SiteCounts& more) {
  for (std::size_t i = 0; i != by_class.size(); ++i) by_class[i] += more.by_class[i];
  for (std::size_t i = 0; i != took.size(); ++i) took[i] += more.took[i];
  took_together += more.took_together;
  bytes_in += more.bytes_in;
  bytes_out += more.bytes_out;
  if (causes.size() < more.causes.size()) causes.resize(more.causes.size());
  for (std::size_t i = 0; i != more.causes.size(); ++i) causes[i] += more.causes[i];
}

}  // namespace gw::proxy
