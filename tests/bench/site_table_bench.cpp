// What changing one Space costs while ten thousand others with thirty thousand routes are there, and what they take.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>

#include "gateway/control/site_table.hpp"

namespace {

using gw::control::SiteTable;

std::string id_of(int i) { return "owner/space-" + std::to_string(i); }

std::string site_of(int i, int generation = 1) {
  const std::string number = std::to_string(i);
  const std::string endpoint = "[\"netns:" + std::string(64, static_cast<char>('a' + i % 6)) + "@" + std::to_string(generation);
  return R"({"hosts": ["owner-space-)" + number + R"(.example.com"], "routes": [{"path": "/", "endpoints": )" + endpoint +
         R"(:7860"]}, {"path": "/api", "endpoints": )" + endpoint + R"(:8000"]}, {"path": "/es", "endpoints": )" + endpoint +
         R"(:9200"]}]})";
}

// Bytes of ours that are in memory (proc(5)).
double resident() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

struct Filled {
  explicit Filled(int sites) {
    const double before = resident();
    for (int i = 0; i != sites; ++i)
      if (!table->put(id_of(i), site_of(i)).changed) std::abort();
    bytes = resident() - before;
  }
  std::unique_ptr<SiteTable> table = std::make_unique<SiteTable>();
  double bytes = 0;
};

/// A Space comes and goes again.
void add_one_site(benchmark::State& state) {
  const int sites = static_cast<int>(state.range(0));
  Filled filled(sites);
  const auto json = site_of(sites);
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.table->put(id_of(sites), json).changed);
    state.PauseTiming();
    filled.table->erase(id_of(sites));
    state.ResumeTiming();
  }
  state.counters["MB"] = filled.bytes / 1e6;
}
BENCHMARK(add_one_site)->Arg(10)->Arg(1'000)->Arg(10'000)->Unit(benchmark::kMicrosecond)->Iterations(2000);

/// A Space's container was replaced.
void change_one_site(benchmark::State& state) {
  const int sites = static_cast<int>(state.range(0));
  Filled filled(sites);
  int generation = 1;
  for (auto _ : state) benchmark::DoNotOptimize(filled.table->put(id_of(7), site_of(7, ++generation)).changed);
}
BENCHMARK(change_one_site)->Arg(10)->Arg(10'000)->Unit(benchmark::kMicrosecond)->Iterations(2000);

}  // namespace
