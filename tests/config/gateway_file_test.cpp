#include "config/gateway_file.hpp"

#include <gmock/gmock.h>

#include "tests/config/texts.hpp"

namespace config {
namespace {

using config_test::texts;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string listeners = "listeners: [{address: \"127.0.0.1:8080\"}]\n";  // line 1 of the files below

std::vector<std::string> problems_of(const std::string& text) { return texts(read_gateway_file(text, "gw.yaml").problems); }

TEST(GatewayFile, the_documented_file_is_read_whole) {
  const auto result = read_gateway_file(R"(workers: 1
listeners:
  - address: 127.0.0.1:8080
  - address: "[::]:8443"
    tls: {certificates: [{certificate: cert.pem, private_key: key.pem}]}
    trusted_proxies: [10.0.0.0/8]
upstreams:
  app: {endpoints: ["127.0.0.1:7860", "unix:/run/app.sock"]}
  api: {endpoints: ["127.0.0.1:8000"], protocol: h2c}
routes:
  - {host: Demo.Example.com., path: /, upstream: app}
  - {host: demo.example.com, path: /api/, upstream: api, strip_prefix: true, max_body: 10Mi, websocket: false, escaped_slash: refuse}
timeouts: {header: 5s, tunnel: 1h30m}
admin: {socket: /run/spaceport/gateway.sock}
dialer: {socket: /run/spaceport/dialer.sock}
access_log: off
user: spaceport
domain: Spaces.Example.com.
name: edge-1
unsafe_names: refuse
)",
                                        "gw.yaml");

  EXPECT_THAT(texts(result.problems), IsEmpty());
  const auto& file = result.value;
  EXPECT_EQ(file.workers, 1U);
  ASSERT_EQ(file.listeners.size(), 2U);
  Listener second;
  second.host = "::";
  second.port = 8443;
  second.tls = true;
  second.certificates = {{"cert.pem", "key.pem"}};
  second.trusted_proxies = {"10.0.0.0/8"};
  EXPECT_EQ(file.listeners[1], second);
  ASSERT_EQ(file.upstreams.size(), 2U);
  EXPECT_EQ(file.upstreams[0], (Upstream{"app", {"127.0.0.1:7860", "unix:/run/app.sock"}, Protocol::http}));
  EXPECT_EQ(file.upstreams[1].protocol, Protocol::h2c);
  EXPECT_THAT(file.routes, ElementsAre(Route{"demo.example.com", "/", "app", false, 0, 11},
                                       Route{"demo.example.com", "/api", "api", true, 10U << 20, 12, false, true}));
  EXPECT_EQ(file.unsafe_names, UnsafeNames::refuse);
  EXPECT_EQ(GatewayFile{}.unsafe_names, UnsafeNames::drop);
  EXPECT_EQ(file.timeouts.header, 5s);
  EXPECT_EQ(file.timeouts.tunnel, 90min);
  EXPECT_EQ(file.timeouts.first_byte, 300s);
  EXPECT_EQ(Timeouts{}.header, 15s);
  EXPECT_EQ(Timeouts{}.connect, 3s);
  EXPECT_EQ(Timeouts{}.body, 60s);
  EXPECT_EQ(Timeouts{}.tunnel, 1h);
  EXPECT_EQ(file.admin_socket, "/run/spaceport/gateway.sock");
  EXPECT_EQ(file.dialer_socket, "/run/spaceport/dialer.sock");
  EXPECT_EQ(file.access_log, "off");
  EXPECT_EQ(file.user, "spaceport");
  EXPECT_EQ(file.name, "edge-1");
  EXPECT_EQ(file.domain, "spaces.example.com");
}

TEST(GatewayFile, every_problem_is_reported_at_once_with_its_place) {
  EXPECT_THAT(problems_of(R"(listners: []
workers: many
upstreams:
  app: {endpoints: ["127.0.0.1"], protcol: h2c}
routes:
  - {path: api, upstream: ap}
)"),
              ElementsAre("gw.yaml:1:1: \"listeners\" is required",
                          "gw.yaml:1:1: \"listners\" is not allowed; did you mean \"listeners\"?",
                          "gw.yaml:2:10: \"workers\" must be a number",
                          "gw.yaml:4:21: \"upstreams.app.endpoints[0]\" must be HOST:PORT, [IPv6]:PORT, unix:PATH or "
                          "netns:ID@GENERATION:PORT",
                          "gw.yaml:4:35: \"upstreams.app.protcol\" is not allowed; did you mean \"protocol\"?",
                          "gw.yaml:6:12: \"routes[0].path\" must begin with \"/\"",
                          "gw.yaml:6:27: \"routes[0].upstream\" names \"ap\", which is not under \"upstreams\"; did you "
                          "mean \"app\"?"));
}

TEST(GatewayFile, an_empty_file_says_what_it_needs) {
  EXPECT_THAT(problems_of(""), ElementsAre(HasSubstr("needs \"listeners\"")));
}

TEST(GatewayFile, routes_with_the_same_host_and_path_collide) {
  EXPECT_THAT(problems_of(listeners + R"(upstreams: {a: {endpoints: ["h:1"]}}
routes:
  - {host: x.com, path: /api, upstream: a}
  - {host: X.com., path: /api/, upstream: a}
  - {path: /api, upstream: a}
)"),
              ElementsAre("gw.yaml:5:5: the routes on lines 4 and 5 collide: both are for host x.com and path /api"));
}

TEST(GatewayFile, what_is_told_of_requests) {
  const auto read = [](const char* keys) { return read_gateway_file(listeners + keys, "gw.yaml").value; };
  EXPECT_TRUE(read("").trace);
  EXPECT_TRUE(read("trace: pass\n").trace);
  EXPECT_FALSE(read("trace: off\n").trace);
  EXPECT_FALSE(read("").server_timing) << "what it says is for the owner";
  EXPECT_TRUE(read("server_timing: true\n").server_timing);
  EXPECT_FALSE(read("").metrics);
  EXPECT_EQ((ListenAddress{"127.0.0.1", 9180}), read("metrics: {address: 127.0.0.1:9180}\n").metrics);
  EXPECT_THAT(problems_of(listeners + "metrics: {address: 9180}\n"), ElementsAre(HasSubstr("\"metrics.address\" must be")));
  EXPECT_THAT(problems_of(listeners + "metrics: {}\n"), ElementsAre(HasSubstr("\"metrics.address\" is required")));
  for (const char* address : {"127.0.0.1:8080", "0.0.0.0:8080", "\"[::]:8080\""})
    EXPECT_THAT(problems_of(listeners + "metrics: {address: " + address + "}\n"),
                ElementsAre("gw.yaml:2:20: \"metrics.address\" must not have the port of a listener"));
  EXPECT_THAT(problems_of(listeners + "trace: on\n"), ElementsAre(HasSubstr("must be one of [pass, off]")));
  EXPECT_THAT(problems_of(listeners + "server_timing: 1\n"), ElementsAre(HasSubstr("\"server_timing\" must be")));
}

TEST(GatewayFile, listeners_must_be_there_different_and_complete) {
  EXPECT_THAT(problems_of("listeners: []\n"), ElementsAre(HasSubstr("at least one")));
  EXPECT_THAT(problems_of("listeners: 8080\n"), ElementsAre("gw.yaml:1:12: \"listeners\" must be an array"));
  EXPECT_THAT(problems_of("listeners:\n  - {address: \"127.0.0.1:80\"}\n  - {address: \"127.0.0.1:80\"}\n"),
              ElementsAre("gw.yaml:3:5: \"listeners[1]\" has the address of the listener on line 2"));
  EXPECT_THAT(problems_of("listeners:\n  - {address: \"127.0.0.1:0\"}\n  - {address: \"127.0.0.1:0\"}\n"), IsEmpty());
  EXPECT_THAT(problems_of("listeners:\n  - {address: \"127.0.0.1:99999\"}\n"), ElementsAre(HasSubstr("gw.yaml:2:15: ")));
  EXPECT_THAT(problems_of("listeners:\n  - {}\n"), ElementsAre("gw.yaml:2:5: \"listeners[0].address\" is required"));
  EXPECT_THAT(problems_of("listeners:\n  - {address: \"0.0.0.0:1\", trusted_proxies: [x]}\n"),
              ElementsAre(HasSubstr("trusted_proxies[0]")));
}

TEST(GatewayFile, tls_needs_a_certificate_and_its_key) {
  const std::string head = "listeners:\n  - address: 0.0.0.0:443\n    tls: ";
  EXPECT_THAT(
      problems_of(head + "{certificates: [{certificate: c.pem}]}\n"),
      ElementsAre("gw.yaml:3:26: \"listeners[0].tls.certificates[0].private_key\" is required: the path of a PEM file"));
  EXPECT_THAT(problems_of(head + "{certificates: [{private_key: k.pem}]}\n"),
              ElementsAre(HasSubstr("certificate\" is required")));
  EXPECT_THAT(problems_of(head + "{certificates: []}\n"), ElementsAre(HasSubstr("at least one")));
  EXPECT_THAT(problems_of(head + "{}\n"), ElementsAre(HasSubstr("at least one")));
}

TEST(GatewayFile, clients_are_asked_for_a_certificate_where_somebody_vouches_for_it) {
  const std::string head = "listeners:\n  - address: 0.0.0.0:443\n    tls: {certificates: [{certificate: c, private_key: k}], ";
  const auto read = [&](const char* keys) { return read_gateway_file(head + keys + "}\n", "gw.yaml").value.listeners[0]; };
  EXPECT_EQ(ClientCertificate::none, read("").client_certificate);
  EXPECT_EQ(ClientCertificate::require, read("client_ca: ca.pem").client_certificate);
  EXPECT_EQ(ClientCertificate::require, read("client_ca: ca.pem, client_certificate: require").client_certificate);
  EXPECT_EQ(ClientCertificate::request, read("client_ca: ca.pem, client_certificate: request").client_certificate);
  EXPECT_EQ("ca.pem", read("client_ca: ca.pem").client_ca);
  EXPECT_THAT(problems_of(head + "client_certificate: require}\n"),
              ElementsAre("gw.yaml:3:81: \"listeners[0].tls.client_certificate\" needs \"client_ca: FILE\" beside it"));
  EXPECT_THAT(problems_of(head + "client_ca: \"\"}\n"),
              ElementsAre("gw.yaml:3:72: \"listeners[0].tls.client_ca\" must be the path of a PEM file"));
  EXPECT_THAT(
      problems_of(head + "client_ca: ca.pem, client_certificate: required}\n"),
      ElementsAre("gw.yaml:3:100: \"listeners[0].tls.client_certificate\" must be one of [require, request]; did you mean "
                  "\"require\"?"));
  EXPECT_THAT(problems_of(head + "client_cert: ca.pem}\n"), ElementsAre(HasSubstr("did you mean \"client_ca\"?")));
}

TEST(GatewayFile, the_oldest_tls_is_1_2_or_1_3) {
  const std::string head = "listeners:\n  - address: 0.0.0.0:443\n    tls: {certificates: [{certificate: c, private_key: k}], ";
  const auto read = [&](const char* keys) { return read_gateway_file(head + keys + "}\n", "gw.yaml").value.listeners[0]; };
  EXPECT_FALSE(read("").only_tls_1_3);
  EXPECT_FALSE(read("min_version: \"1.2\"").only_tls_1_3);
  EXPECT_TRUE(read("min_version: \"1.3\"").only_tls_1_3);
  EXPECT_TRUE(read("min_version: 1.3").only_tls_1_3) << "also without quotes: a scalar keeps its text";
  EXPECT_THAT(problems_of(head + "min_version: \"1.1\"}\n"), ElementsAre(HasSubstr("must be one of [1.2, 1.3]")));
  EXPECT_THAT(problems_of(head + "min_versoin: \"1.3\"}\n"), ElementsAre(HasSubstr("did you mean \"min_version\"?")));
}

TEST(GatewayFile, a_listener_of_the_proxy_protocol_says_who_may_speak_it) {
  const std::string head = "listeners:\n  - {address: \"0.0.0.0:1\", ";
  EXPECT_FALSE(read_gateway_file(listeners, "gw.yaml").value.listeners[0].proxy_protocol);
  const auto good = read_gateway_file(head + "proxy_protocol: true, trusted_proxies: [10.0.0.0/8]}\n", "gw.yaml");
  EXPECT_THAT(texts(good.problems), IsEmpty());
  EXPECT_TRUE(good.value.listeners[0].proxy_protocol);
  EXPECT_THAT(
      problems_of(head + "proxy_protocol: true}\n"),
      ElementsAre("gw.yaml:2:44: \"listeners[0].proxy_protocol\" needs \"trusted_proxies: [CIDR]\": who may send the header"));
  EXPECT_THAT(problems_of(head + "proxy_protocol: false}\n"), IsEmpty());
  EXPECT_THAT(problems_of(head + "proxy_protocol: v2, trusted_proxies: [::1]}\n"), ElementsAre(HasSubstr("must be a boolean")));
  EXPECT_THAT(problems_of(head + "proxy_protokol: true}\n"), ElementsAre(HasSubstr("did you mean \"proxy_protocol\"?")));
}

TEST(GatewayFile, an_upstream_needs_different_endpoints) {
  EXPECT_THAT(problems_of(listeners + "upstreams: {a: {}}\n"), ElementsAre(HasSubstr("\"upstreams.a.endpoints\" is required")));
  EXPECT_THAT(problems_of(listeners + "upstreams: {a: {endpoints: []}}\n"), ElementsAre(HasSubstr("at least one")));
  EXPECT_THAT(problems_of(listeners + "upstreams: {a: }\n"), ElementsAre(HasSubstr("must be {endpoints")));
  EXPECT_THAT(problems_of(listeners + "upstreams: {a: {endpoints: [\"h:1\", \"h:1\"]}}\n"),
              ElementsAre(HasSubstr("duplicate")));
  EXPECT_THAT(problems_of(listeners + "upstreams: {a: {endpoints: [\"h:1\"], protocol: h3}}\n"),
              ElementsAre(HasSubstr("one of [http, h2c]")));
}

TEST(GatewayFile, a_container_endpoint_needs_a_dialer) {
  const auto text = listeners + "upstreams: {a: {endpoints: [\"netns:" + std::string(64, 'b') + "@1:80\"]}}\n";
  EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("needs \"dialer")));
  EXPECT_THAT(problems_of(text + "dialer: {socket: /run/d.sock}\n"), IsEmpty());
}

TEST(GatewayFile, values_out_of_range_are_refused) {
  EXPECT_THAT(problems_of(listeners + "workers: -1\n"),
              ElementsAre("gw.yaml:2:10: \"workers\" must be greater than or equal to 0"));
  EXPECT_THAT(problems_of(listeners + "workers: 1.5\n"), ElementsAre(HasSubstr("must be an integer")));
  EXPECT_THAT(problems_of(listeners + "workers: 99999999999999999999\n"), ElementsAre(HasSubstr("less than or equal to 1024")));
  EXPECT_THAT(problems_of(listeners + "timeouts: {idle: 0}\n"),
              ElementsAre("gw.yaml:2:18: \"timeouts.idle\" must be greater than 0"));
  EXPECT_THAT(problems_of(listeners + "timeouts: {idle: 8d}\n"), ElementsAre(HasSubstr("at most 7 days")));
  EXPECT_THAT(problems_of(listeners + "timeouts: {idle: soon}\n"), ElementsAre(HasSubstr("must be a duration")));
  EXPECT_THAT(problems_of(listeners + "timeouts: {idel: 1s}\n"), ElementsAre(HasSubstr("did you mean \"idle\"?")));
  EXPECT_THAT(problems_of(listeners + "name: \"a b\"\n"), ElementsAre(HasSubstr("\"name\" must be")));
  EXPECT_THAT(problems_of(listeners + "name: " + std::string(64, 'a') + "\n"), IsEmpty());
  EXPECT_THAT(problems_of(listeners + "name: " + std::string(65, 'a') + "\n"), ElementsAre(HasSubstr("\"name\" must be")));
  EXPECT_THAT(problems_of(listeners + "domain: \"*.a.test\"\n"), ElementsAre(HasSubstr("must be one name")));
  EXPECT_THAT(problems_of(listeners + "access_log: \"\"\n"), ElementsAre(HasSubstr("\"access_log\" must be")));
  EXPECT_THAT(problems_of(listeners + "admin: {}\n"), ElementsAre(HasSubstr("\"admin.socket\" is required")));
  EXPECT_THAT(problems_of(listeners + "admin: {socket: /" + std::string(107, 'a') + "}\n"), ElementsAre(HasSubstr("107")));
}

TEST(GatewayFile, a_route_s_host_and_types_are_checked) {
  const std::string head = listeners + "upstreams: {a: {endpoints: [\"h:1\"]}}\nroutes:\n";
  EXPECT_THAT(problems_of(head + "  - {host: \"*\", upstream: a}\n"),
              ElementsAre(HasSubstr("gw.yaml:4:12: \"routes[0].host\"")));
  EXPECT_THAT(problems_of(head + "  - {strip_prefix: 1, upstream: a}\n"), ElementsAre(HasSubstr("must be a boolean")));
  EXPECT_THAT(problems_of(head + "  - {max_body: big, upstream: a}\n"), ElementsAre(HasSubstr("must be a size")));
  EXPECT_THAT(problems_of(head + "  - {path: /x}\n"), ElementsAre(HasSubstr("\"routes[0].upstream\" is required")));
  EXPECT_THAT(problems_of(head + "  - nonsense\n"), ElementsAre(HasSubstr("\"routes[0]\" must be of type object")));
  EXPECT_THAT(problems_of(head + "  - {path: [1], upstream: a}\n"),
              ElementsAre(HasSubstr("\"routes[0].path\" must be a string")));
}

TEST(GatewayFile, what_balancing_health_and_limits_are_is_read) {
  const auto result = read_gateway_file(listeners + R"(upstreams:
  app:
    endpoints: ["h:1", {address: "h:2", weight: 3, max_in_flight: 10}]
    balance: hash
    hash: {by: header, name: X-User}
    health: {path: "/up?deep=1", interval: 1s, timeout: 500ms, healthy_after: 1, unhealthy_after: 2, eject_after: 4, eject_for: 3s, slow_start: 30s}
    max_in_flight: 100
    queue: {length: 7, deadline: 2s}
  kept: {endpoints: ["h:1"], balance: sticky, sticky: {cookie: seat}}
  plain: {endpoints: ["h:1"]}
)",
                                        "gw.yaml");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  const auto& app = result.value.upstreams[0];
  EXPECT_EQ(app.endpoints[0], EndpointEntry("h:1"));
  EXPECT_EQ(app.endpoints[1].weight, 3U);
  EXPECT_EQ(app.endpoints[1].max_in_flight, 10U);
  EXPECT_EQ(app.balancing.balance, Balance::hash);
  EXPECT_EQ(app.balancing.hash, (HashBy{HashBy::Source::header, "x-user"}));
  EXPECT_EQ(app.balancing.health, (HealthCheck{"/up?deep=1", 1s, 500ms, 1, 2, 4, 3s, 30s}));
  EXPECT_EQ(app.balancing.limits, (Limits{100, 7, 2s}));
  EXPECT_EQ(result.value.upstreams[1].balancing.sticky_cookie, "seat");
  EXPECT_EQ(result.value.upstreams[2].balancing, Balancing{});
  EXPECT_EQ(Balancing{}.balance, Balance::two_choices);
}

TEST(GatewayFile, what_is_wrong_with_balancing_is_told_with_its_place) {
  const auto app = [](const std::string& keys) {
    return problems_of(listeners + "upstreams:\n  app: {endpoints: [\"h:1\"], " + keys + "}\n");
  };
  EXPECT_THAT(app("balanse: hash"),
              ElementsAre("gw.yaml:3:29: \"upstreams.app.balanse\" is not allowed; did you mean \"balance\"?"));
  EXPECT_THAT(app("balance: two_choice"), ElementsAre(HasSubstr("did you mean \"two_choices\"?")));
  EXPECT_THAT(app("balance: hash, hash: {by: header}"), ElementsAre(HasSubstr("\"upstreams.app.hash.name\" is required")));
  EXPECT_THAT(app("balance: hash, hash: {by: client, name: x}"), ElementsAre(HasSubstr("belongs to a header or a cookie")));
  EXPECT_THAT(app("balance: hash, hash: {by: cookie, name: \"a b\"}"), ElementsAre(HasSubstr("name of a field or a cookie")));
  EXPECT_THAT(app("hash: {by: client}"), ElementsAre(HasSubstr("needs \"balance: hash\"")));
  EXPECT_THAT(app("sticky: {cookie: c}"), ElementsAre(HasSubstr("needs \"balance: sticky\"")));
  EXPECT_THAT(app("health: {path: up}"), ElementsAre(HasSubstr("must begin with /")));
  EXPECT_THAT(app("health: {path: \"/a b\"}"), ElementsAre(HasSubstr("hold no spaces")));
  EXPECT_THAT(app("health: {interval: 0s}"), ElementsAre(HasSubstr("greater than 0")));
  EXPECT_THAT(app("health: {timeout: 2h}"), ElementsAre(HasSubstr("at most 1 hour")));
  EXPECT_THAT(app("health: {healthy_after: 0}"), ElementsAre(HasSubstr("greater than or equal to 1")));
  EXPECT_THAT(app("health: {intervall: 1s}"), ElementsAre(HasSubstr("did you mean \"interval\"?")));
  EXPECT_THAT(app("max_in_flight: -1"), ElementsAre(HasSubstr("greater than or equal to 0")));
  EXPECT_THAT(app("queue: {lenght: 1}"), ElementsAre(HasSubstr("did you mean \"length\"?")));
  EXPECT_THAT(app("queue: {deadline: 0}"), ElementsAre(HasSubstr("greater than 0")));
  const auto entry = [](const std::string& item) {
    return problems_of(listeners + "upstreams:\n  app: {endpoints: [" + item + "]}\n");
  };
  EXPECT_THAT(entry("{address: \"h:1\", weight: 0}"),
              ElementsAre(HasSubstr("gw.yaml:3:46: \"upstreams.app.endpoints[0].weight\"")));
  EXPECT_THAT(entry("{adress: \"h:1\"}"), testing::Contains(HasSubstr("did you mean \"address\"?")));
  EXPECT_THAT(entry("{address: \"h:1\"}, \"h:1\""), ElementsAre(HasSubstr("duplicate")));
  EXPECT_THAT(entry("[1]"), ElementsAre(HasSubstr("must be a string")));
}

TEST(GatewayFile, a_feed_holds_for_a_bounded_time_and_needs_a_socket_to_come_over) {
  const std::string admin = listeners + "admin: {socket: /run/g.sock}\n";
  EXPECT_EQ(read_gateway_file(admin + "feed: {hold: 250ms}\n", "gw.yaml").value.feed_hold, std::chrono::milliseconds(250));
  EXPECT_EQ(read_gateway_file(admin + "feed: {}\n", "gw.yaml").value.feed_hold, std::chrono::seconds(5));
  EXPECT_EQ(read_gateway_file(admin, "gw.yaml").value.feed_hold, std::nullopt);
  EXPECT_THAT(problems_of(admin + "feed: {hold: 2m}\n"), ElementsAre(HasSubstr("\"feed.hold\" must be at most 1 minute")));
  EXPECT_THAT(problems_of(admin + "feed: {held: 2s}\n"), ElementsAre(HasSubstr("did you mean \"hold\"?")));
  EXPECT_THAT(problems_of(listeners + "feed: {hold: 1s}\n"), ElementsAre(HasSubstr("needs \"admin")));
}

TEST(GatewayFile, limits_on_connections_are_read) {
  const auto limits_of = [](const std::string& text) { return read_gateway_file(listeners + text, "gw.yaml").value.limits; };
  EXPECT_EQ(limits_of(""), ConnectionLimits{});
  EXPECT_EQ(limits_of("limits: {connections: 0}"), (ConnectionLimits{0, 0, 0, 0}));
  const std::string all =
      "{connections: 1000, connections_per_client: 100, new_connections_per_client: {per_second: 20, burst: 50}}";
  EXPECT_EQ(limits_of("limits: " + all), (ConnectionLimits{1000, 100, 20, 50}));
  EXPECT_EQ(to_yaml(limits_of("limits: " + all)), all) << "as the node hands them on";
  EXPECT_EQ(limits_of("limits: {new_connections_per_client: {per_second: 20}}").whole_burst(), 100U);
  EXPECT_EQ(to_yaml({}), "");
  EXPECT_EQ(to_yaml({0, 0, 0, 0}), "{connections: 0}") << "no limit is not the default";
}

TEST(GatewayFile, limits_on_connections_are_checked) {
  EXPECT_THAT(problems_of(listeners + "limits: {connections: 10, connections_per_client: 11}"),
              ElementsAre("gw.yaml:2:51: \"limits.connections_per_client\" must not be more than \"connections\""));
  EXPECT_THAT(problems_of(listeners + "limits: {connections: 0, connections_per_client: 11}"), IsEmpty());
  EXPECT_THAT(problems_of(listeners + "limits: {new_connections_per_client: {burst: 0}}"),
              ElementsAre(HasSubstr("\"limits.new_connections_per_client.per_second\" is required"),
                          HasSubstr("\"limits.new_connections_per_client.burst\" must be")));
  EXPECT_THAT(problems_of(listeners + "limits: {connections: -1, new_connections_per_client: {per_second: 1000001}}"),
              ElementsAre(HasSubstr("\"limits.connections\" must be"), HasSubstr("per_second\" must be")));
  EXPECT_THAT(problems_of(listeners + "limits: {connexions: 1}"), ElementsAre(HasSubstr("did you mean \"connections\"")));
}

TEST(GatewayFile, a_question_of_grpc_is_for_upstreams_that_speak_http2) {
  const auto read = [](const std::string& keys) {
    return read_gateway_file(listeners + "upstreams: {app: {endpoints: [\"127.0.0.1:1\"], " + keys + "}}", "gw.yaml");
  };
  const auto health_of = [&](const std::string& health) {
    const auto result = read("protocol: h2c, health: " + health);
    EXPECT_THAT(texts(result.problems), IsEmpty());
    return result.value.upstreams[0].balancing.health;
  };
  EXPECT_EQ(health_of("{grpc: echo.Echo}").grpc, "echo.Echo");
  EXPECT_EQ(health_of("{grpc: echo.Echo}").question(), "grpc.health.v1.Health/Check of echo.Echo");
  EXPECT_EQ(health_of("{grpc: \"\"}").question(), "grpc.health.v1.Health/Check");
  EXPECT_EQ(health_of("{path: /up}").question(), "/up");
  EXPECT_EQ(health_of("{interval: 1s}").question(), "");
  const auto problems = [&](const std::string& keys) { return texts(read(keys).problems); };
  EXPECT_THAT(problems("health: {grpc: a}"),
              ElementsAre(HasSubstr("\"upstreams.app.health.grpc\" needs \"protocol: h2c\" beside \"health\"")));
  EXPECT_THAT(problems("protocol: h2c, health: {grpc: a, path: /up}"),
              ElementsAre(HasSubstr("must not stand beside \"path\"")));
  EXPECT_THAT(problems("protocol: h2c, health: {grpc: \"a b\"}"), ElementsAre(HasSubstr("must be the name of a service")));
  EXPECT_THAT(problems("protocol: h2c, health: {grpc: \"" + std::string(201, 'a') + "\"}"),
              ElementsAre(HasSubstr("must be the name of a service")));
}

}  // namespace
}  // namespace config
