#include "gateway/control/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/control/exposition.hpp"

namespace gw::control {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Exposition, writes_families_with_help_and_type) {
  Exposition out;
  out.one("a_total", Exposition::Type::counter, "What a is.", 3U);
  out.family("b", Exposition::Type::gauge, "What b is.");
  out.sample({}, 0.25);
  out.sample({{"x", "y"}}, 1U);
  EXPECT_EQ(
      "# HELP a_total What a is.\n# TYPE a_total counter\na_total 3\n"
      "# HELP b What b is.\n# TYPE b gauge\nb 0.25\nb{x=\"y\"} 1\n",
      out.take());
}

TEST(Exposition, a_family_without_samples_does_not_appear) {
  Exposition out;
  out.family("empty", Exposition::Type::gauge, "Nothing.");
  out.one("full", Exposition::Type::gauge, "Something.", 1U);
  EXPECT_THAT(out.take(), Not(HasSubstr("empty")));
}

TEST(Exposition, a_label_cannot_end_its_quotes_or_its_line) {
  Exposition out;
  out.family("a", Exposition::Type::gauge, "Back\\slash, \"quotes\" and\na line.");
  out.sample({{"x", "a\"} 1\nb{y=\"\\"}, {"z", ""}}, 1U);
  EXPECT_EQ("# HELP a Back\\\\slash, \"quotes\" and\\na line.\n# TYPE a gauge\na{x=\"a\\\"} 1\\nb{y=\\\"\\\\\",z=\"\"} 1\n",
            out.take());
}

TEST(Exposition, numbers_are_short_and_exact) {
  EXPECT_EQ("0.005", number(0.005));
  EXPECT_EQ("60", number(60));
  EXPECT_EQ("1e+21", number(1e21));
}

proxy::Ended ended(std::uint16_t status, std::chrono::milliseconds took) {
  proxy::Ended made;
  made.status = status;
  made.took = took;
  return made;
}

std::shared_ptr<proxy::Upstream> upstream(std::shared_ptr<proxy::Tally> tally) {
  auto made = std::make_shared<proxy::Upstream>();
  made->tally = std::move(tally);
  return made;
}

TEST(Metrics, buckets_are_cumulated_and_end_with_all) {
  Readings readings;
  auto& counts = readings.sites["one/site"].counts;
  for (const int ms : {1, 3, 90, 70'000}) counts.ended(ended(200, std::chrono::milliseconds(ms)));
  const auto text = metrics_text(readings);
  const std::string name = "\nspaceport_gateway_request_duration_seconds";
  for (const char* line :
       {"_bucket{site=\"one/site\",le=\"0.005\"} 2\n", "_bucket{site=\"one/site\",le=\"0.025\"} 2\n",
        "_bucket{site=\"one/site\",le=\"0.1\"} 3\n", "_bucket{site=\"one/site\",le=\"60\"} 3\n",
        "_bucket{site=\"one/site\",le=\"+Inf\"} 4\n", "_sum{site=\"one/site\"} 70.094\n", "_count{site=\"one/site\"} 4\n"})
    EXPECT_THAT(text, HasSubstr(name + line));
}

TEST(Metrics, a_site_that_nobody_visits_has_no_series) {
  Readings readings;
  readings.sites["quiet/site"];
  EXPECT_THAT(metrics_text(readings), Not(HasSubstr("quiet/site")));
}

TEST(Metrics, workers_are_added_up) {
  const auto tally = std::make_shared<proxy::Tally>("one/site", 2);
  tally->at(0).ended(ended(200, {}));
  tally->at(1).ended(ended(200, {}));
  const Tallies tallies = tallies_of({upstream(tally), upstream(tally)});
  ASSERT_EQ(1U, tallies.size()) << "routes of a site share it";
  Readings readings;
  WorkerReport report;
  report.connections = 2;
  report.tls.resumed = 3;
  report.http2.calmed = 4;
  report.counters.retries = 5;
  report.unrouted.ended(ended(404, {}));
  for (std::size_t worker = 0; worker != 2; ++worker) read_worker(readings, tallies, report, {{0, *tally->seen(worker)}});
  const auto text = metrics_text(readings);
  for (const char* line : {"requests_total{site=\"one/site\",code=\"2xx\"} 2", "requests_total{site=\"\",code=\"4xx\"} 2",
                           "connections 4", "tls_resumptions_total 6", "http2_calmed_total 8", "retries_total 10"})
    EXPECT_THAT(text, HasSubstr("\nspaceport_gateway_" + std::string(line) + "\n"));
}

TEST(Metrics, causes_have_the_names_of_failure_pages) {
  Readings readings;
  auto refused = ended(502, {});
  refused.cause = net::Code::connect_timeout;
  readings.sites["a"].counts.ended(refused);
  EXPECT_THAT(metrics_text(readings), HasSubstr("errors_total{site=\"a\",cause=\"connect_timeout\"} 1\n"));
}

TEST(Metrics, gates_and_endpoints_are_told_once) {
  const auto tally = std::make_shared<proxy::Tally>("one/site", 2);
  const auto gate = std::make_shared<proxy::Gate>(2);
  EXPECT_EQ(proxy::Admission::Entry::in, gate->enter(9, 0));
  const auto state = std::make_shared<proxy::EndpointState>(2);
  state->at(0).in_flight = 1;
  state->at(1).in_flight = 2;
  state->at(1).health.probed(false, {}, {});
  const auto other = std::make_shared<proxy::EndpointState>(2);
  other->at(0).in_flight = 4;
  Upstreams upstreams;
  // Routes of a site: one gate, an address that one of them asks in another way, and an upstream that was made anew.
  for (const auto& known : {state, other, state}) {
    auto one = upstream(tally);
    one->gate = gate;
    one->endpoints.push_back({net::TcpAddress{"h", 1}, "h:1", 1, 0, 0, known});
    upstreams.insert(upstreams.end(), {one, one});
  }
  Readings readings;
  read_upstreams(readings, upstreams);
  const auto text = metrics_text(readings);
  for (const char* line :
       {"site_in_flight{site=\"one/site\"} 1", "site_waiting{site=\"one/site\"} 0", "site_saturated_total{site=\"one/site\"} 0",
        "endpoint_state{site=\"one/site\",endpoint=\"h:1\"} 3", "endpoint_in_flight{site=\"one/site\",endpoint=\"h:1\"} 7"})
    EXPECT_THAT(text, HasSubstr("\nspaceport_gateway_" + std::string(line) + "\n"));
  gate->leave();
}

TEST(Metrics, sites_that_are_counted_together_name_no_endpoints) {
  const auto rest = std::make_shared<proxy::Tally>("(more)", 1, proxy::Tally::Of::many_sites);
  auto one = upstream(rest);
  one->endpoints.push_back({net::TcpAddress{"h", 1}, "h:1", 1, 0, 0, std::make_shared<proxy::EndpointState>(1)});
  Readings readings;
  read_upstreams(readings, {one});
  EXPECT_THAT(metrics_text(readings), Not(HasSubstr("h:1")));
}

TEST(ProcessUse, is_that_of_a_process_which_runs) {
  const auto use = process_use();
  EXPECT_GT(use.resident_bytes, 100'000U);
  EXPECT_GE(use.descriptors, 3U);
  EXPECT_GE(use.most_descriptors, use.descriptors);
  EXPECT_GE(use.cpu_seconds, 0);
}

TEST(Metrics, limits_on_connections_are_told_with_their_causes) {
  Readings readings;
  EXPECT_THAT(metrics_text(readings), Not(HasSubstr("connections_limit"))) << "there is none";
  readings.most_connections = 100;
  readings.limits = {1, 2, 3, 4, net::ClientKey::nobody};
  const auto text = metrics_text(readings);
  EXPECT_THAT(text, HasSubstr("spaceport_gateway_connections_limit 100\n"));
  EXPECT_THAT(text, HasSubstr("spaceport_gateway_connections_refused_total{cause=\"too_many\"} 1\n"
                              "spaceport_gateway_connections_refused_total{cause=\"too_fast\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("spaceport_gateway_accept_pauses_total{cause=\"full\"} 3\n"
                              "spaceport_gateway_accept_pauses_total{cause=\"descriptors\"} 4\n"));
}

}  // namespace
}  // namespace gw::control
