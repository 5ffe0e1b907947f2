// Matching among many Spaces, and what changing one of them costs.

#include <benchmark/benchmark.h>

#include "gateway/proxy/router.hpp"

namespace {

using gw::proxy::HostRoutes;
using gw::proxy::Route;
using gw::proxy::Router;

std::string host_of(int i) { return "space-" + std::to_string(i) + ".example.com"; }

Router::Group routes_of(const std::string& host) {
  std::vector<Route> routes(3);
  const char* const paths[] = {"/", "/api", "/api/deep"};
  for (std::size_t i = 0; i != routes.size(); ++i) {
    routes[i].host = host;
    routes[i].path = paths[i];
  }
  return std::make_shared<const HostRoutes>(std::move(routes));
}

Router router_of(int hosts) {
  Router router;
  for (int i = 0; i != hosts; ++i) router.set(host_of(i), routes_of(host_of(i)));
  return router;
}

void match(benchmark::State& state) {
  const int hosts = static_cast<int>(state.range(0));
  const Router router = router_of(hosts);
  std::vector<std::string> asked;
  for (int i = 0; i != 1024; ++i) asked.push_back(host_of(i * 7919 % hosts));
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(router.match(asked[i++ & 1023], "/api/v1/predict"));
}
BENCHMARK(match)->Arg(1)->Arg(100)->Arg(10'000);

void change_one_site(benchmark::State& state) {
  const Router router = router_of(static_cast<int>(state.range(0)));
  const Router::Group group = routes_of(host_of(0));
  for (auto _ : state) benchmark::DoNotOptimize(router.with(host_of(0), group));
}
BENCHMARK(change_one_site)->Arg(100)->Arg(10'000);

}  // namespace
