#pragma once
// The table of `spaceport top`: two looks at what every Space uses go in, lines come out. No I/O.

#include <boost/json.hpp>

#include "runtime/cli/live_view.hpp"

namespace runtime::cli {

/// What a Space did between two looks (`GET /v1/use`), as rates.
struct TopRow {
  std::string space;
  std::string stage;
  std::string replicas;    ///< `2/3`: serving and wanted
  double cpu_percent = 0;  ///< 100 is one core
  std::uint64_t memory = 0;
  double requests_per_second = 0;
  double p99_ms = 0;
  std::uint64_t in_flight = 0;  ///< with those that wait for it to wake
  std::int64_t idle_seconds = 0;
  std::uint64_t volume_size = 0;  ///< of all its volumes whose use is known; 0: none
  std::uint64_t volume_used = 0;
};

/// The busiest first. A Space that is new in `after` has no rates yet; one whose counters have begun anew neither.
std::vector<TopRow> top_rows(const boost::json::value& before, const boost::json::value& after);

/// In at most `rows` lines of `columns`; what does not fit is counted in the last one.
Lines top_table(const std::vector<TopRow>& spaces, std::size_t columns, std::size_t rows);

/// The same as an array for programs.
boost::json::array top_json(const std::vector<TopRow>& spaces);

}  // namespace runtime::cli
