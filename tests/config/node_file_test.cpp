#include "config/node_file.hpp"

#include <gmock/gmock.h>

#include "tests/config/texts.hpp"

namespace config {
namespace {

using config_test::texts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> problems_of(const std::string& text) { return texts(read_node_file(text, "n").problems); }

TEST(NodeFile, everything_is_optional) {
  const auto result = read_node_file("", "n");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  EXPECT_EQ(result.value, default_node_file());
  EXPECT_EQ(result.value.domain, "localhost");
  ASSERT_EQ(result.value.listeners.size(), 1U);
  EXPECT_EQ(result.value.listeners[0].host, "127.0.0.1");
  EXPECT_EQ(result.value.listeners[0].port, 8080);
  EXPECT_FALSE(result.value.server_timing) << "what it says is for the owner";
  EXPECT_EQ(result.value.engine, "/var/run/docker.sock");
  ASSERT_NE(result.value.find_flavor("t4-medium"), nullptr);
  EXPECT_EQ(result.value.find_flavor("t4-medium")->memory, gibibytes(30));
  EXPECT_EQ(result.value.find_flavor("nothing"), nullptr);
}

TEST(NodeFile, everything_is_read) {
  const auto result = read_node_file(R"(domain: Spaces.Example.com.
listeners: [{address: "0.0.0.0:80"}]
engine: unix:///run/engine.sock
state: /srv/state
defaults: {cpu: 500m, memory: 1Gi, pids: 64, sleep: never, storage: 5Gi, log_max_size: 1Mi, log_max_files: 2, network: none, stop_after: 10m, drain: 5s}
flavors:
  small: {cpu: 1, memory: 2Gi}
  t4-small: {cpu: 2, memory: 8Gi, gpus: 2}
registries: [{host: "Registry.example.com:5000", username: me, password_file: /etc/pw}]
build: {parallel: 2, timeout: 10m, memory: 4Gi, network: host, cpu: 1.5, cpu_shares: 100, cache: 5Gi, control_group: a/b}
keep_images: 3
starts: {parallel: 3}
gpus: 2
server_timing: true
)",
                                     "n");

  EXPECT_THAT(texts(result.problems), IsEmpty());
  const auto& node = result.value;
  EXPECT_EQ(node.domain, "spaces.example.com");
  EXPECT_EQ(node.listeners[0].port, 80);
  EXPECT_EQ(node.engine, "/run/engine.sock");
  EXPECT_EQ(node.state, "/srv/state");
  SpaceDefaults defaults{0.5, gibibytes(1), 64, std::chrono::seconds(0), gibibytes(5), mebibytes(1), 2, "none"};
  defaults.stop_after = std::chrono::minutes(10);
  defaults.drain = std::chrono::seconds(5);
  EXPECT_EQ(node.defaults, defaults);
  EXPECT_EQ(node.starts, StartSettings{3});
  EXPECT_TRUE(node.server_timing);
  EXPECT_THAT(node.gpus, ElementsAre("0", "1"));
  EXPECT_THAT(read_node_file("gpus: [\"1\", \"GPU-7\"]\n", "n").value.gpus, ElementsAre("1", "GPU-7"));
  EXPECT_THAT(problems_of("gpus: 0\n"), ElementsAre(HasSubstr("greater than or equal to 1")));
  EXPECT_EQ(node.find_flavor("small")->cpus, 1);
  EXPECT_EQ(node.find_flavor("t4-small")->gpus, 2U);
  EXPECT_EQ(node.flavors.size(), built_in_flavors().size() + 1);
  EXPECT_THAT(node.registries, ElementsAre(Registry{"registry.example.com:5000", "me", "/etc/pw"}));
  EXPECT_EQ(node.keep_images, 3U);
  EXPECT_EQ(node.build, (BuildSettings{2, std::chrono::minutes(10), gibibytes(4), "host", 1.5, 100, gibibytes(5), "a/b"}));
}

TEST(NodeFile, a_password_must_not_stand_in_it) {
  const auto problems = problems_of("registries:\n  - {host: a.com, username: u, password: hunter2, password_file: f}\n");
  EXPECT_THAT(problems,
              ElementsAre(testing::AllOf(HasSubstr("n:2:42: "), HasSubstr("password_file"), Not(HasSubstr("hunter2")))));
}

TEST(NodeFile, each_value_has_its_rule) {
  EXPECT_THAT(problems_of("domian: x\n"), ElementsAre("n:1:1: \"domian\" is not allowed; did you mean \"domain\"?"));
  EXPECT_THAT(problems_of("domain: \"*.x.com\"\n"), ElementsAre(HasSubstr("plain domain")));
  EXPECT_THAT(problems_of("domain: 10.0.0.1\n"), ElementsAre(HasSubstr("not an IP address")));
  EXPECT_THAT(problems_of("domain: x.com:80\n"), ElementsAre(HasSubstr("without a port")));
  EXPECT_THAT(problems_of("engine: tcp://10.0.0.1:2375\n"), ElementsAre(HasSubstr("absolute path")));
  EXPECT_THAT(problems_of("state: \"\"\n"), ElementsAre(HasSubstr("not allowed to be empty")));
  EXPECT_THAT(problems_of("listeners: []\n"), ElementsAre(HasSubstr("at least one")));
  EXPECT_THAT(problems_of("defaults: {cpu: 0}\n"), ElementsAre("n:1:17: \"defaults.cpu\" must be greater than 0"));
  EXPECT_THAT(problems_of("defaults: {memory: 1Mi}\n"), ElementsAre(HasSubstr("greater than or equal to 16Mi")));
  EXPECT_THAT(problems_of("defaults: {pids: 1}\n"), ElementsAre(HasSubstr("greater than or equal to 16")));
  EXPECT_THAT(problems_of("defaults: {sleep: 0}\n"), ElementsAre(HasSubstr("greater than 0")));
  EXPECT_THAT(problems_of("defaults: {sleep: 10ms}\n"), ElementsAre(HasSubstr("at least 1s")));
  EXPECT_THAT(problems_of("defaults: {stop_after: 10ms}\n"), ElementsAre(HasSubstr("at least 1s, or never")));
  EXPECT_THAT(problems_of("starts: {parallel: 0}\n"), ElementsAre(HasSubstr("greater than or equal to 1")));
  EXPECT_THAT(problems_of("defaults: {network: host}\n"), ElementsAre(HasSubstr("must not be host")));
  EXPECT_THAT(problems_of("flavors: {Big: {cpu: 1, memory: 1Gi}}\n"), ElementsAre(HasSubstr("lower-case")));
  EXPECT_THAT(problems_of("flavors: {big: {cpu: 1}}\n"), ElementsAre(HasSubstr("\"flavors.big.memory\" is required")));
  EXPECT_THAT(problems_of("flavors: {big: }\n"), ElementsAre(HasSubstr("must be {cpu: N")));
  EXPECT_THAT(problems_of("flavors: {big: {cpu: 1, memory: 1Gi, gpus: 65}}\n"),
              ElementsAre(HasSubstr("less than or equal to 64")));
  for (const auto& host : {std::string("https://a.com"), std::string("unix:a"), "netns:" + std::string(64, 'a') + "@1:80"}) {
    EXPECT_THAT(problems_of("registries: [{host: \"" + host + "\", username: u, password_file: f}]\n"),
                ElementsAre(HasSubstr("without scheme")))
        << host;
  }
  EXPECT_THAT(problems_of("registries: [{host: a.com}]\n"), testing::SizeIs(2));
  EXPECT_THAT(
      problems_of("registries: [{host: a.com, username: u, password_file: f}, {host: A.com, username: u, password_file: f}]\n"),
      ElementsAre(HasSubstr("host of another registry")));
  EXPECT_THAT(problems_of("keep_images: 0\n"), ElementsAre(HasSubstr("greater than or equal to 1")));
  EXPECT_THAT(problems_of("build: {parallel: 0}\n"), ElementsAre(HasSubstr("greater than or equal to 1")));
  EXPECT_THAT(problems_of("build: {timeout: 0}\n"), ElementsAre(HasSubstr("greater than 0")));
  EXPECT_THAT(problems_of("build: {network: bridge}\n"), ElementsAre(HasSubstr("one of [default, none, host]")));
  EXPECT_THAT(problems_of("build: {cpu_shares: 1}\n"), ElementsAre(HasSubstr("greater than or equal to 2")));
  EXPECT_THAT(problems_of("build: {cpu: 0}\n"), ElementsAre(HasSubstr("greater than 0")));
  EXPECT_THAT(problems_of("build: {cache: 1Ki}\n"), ElementsAre(HasSubstr("greater than or equal to 1Mi")));
  for (const char* group : {"/docker", "docker/", "..", "docker/../..", "\"\""}) {
    EXPECT_THAT(problems_of(std::string("build: {control_group: ") + group + "}\n"),
                ElementsAre(HasSubstr("below the control groups")))
        << group;
  }
}

TEST(NodeFile, what_a_container_may_write_is_the_defaults_unless_a_flavor_says_more) {
  const auto result = read_node_file(
      "defaults: {disk: 5Gi}\nflavors: {a: {cpu: 1, memory: 1Gi}, b: {cpu: 1, memory: 1Gi, disk: 9Gi}, "
      "c: {cpu: 1, memory: 1Gi, disk: 0}}\n",
      "n");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  EXPECT_EQ(result.value.defaults.disk, gibibytes(5));
  EXPECT_EQ(result.value.find_flavor("a")->disk, gibibytes(5));
  EXPECT_EQ(result.value.find_flavor("b")->disk, gibibytes(9));
  EXPECT_EQ(result.value.find_flavor("c")->disk, Bytes{0});
  EXPECT_EQ(default_node_file().defaults.disk, gibibytes(50));
  EXPECT_EQ(result.value.find_flavor("t4-medium")->disk, gibibytes(100));
  EXPECT_THAT(problems_of("defaults: {disk: 1k}\n"),
              ElementsAre(HasSubstr("\"defaults.disk\" must be greater than or equal to 1Mi")));
  EXPECT_THAT(problems_of("flavors: {a: {cpu: 1, memory: 1Gi, disk: 1k}}\n"),
              ElementsAre(HasSubstr("\"flavors.a.disk\" must be")));
}

TEST(NodeFile, where_spaces_may_connect_to_is_read) {
  const auto result = read_node_file(
      "defaults: {egress: {ports: [443, 80, 443], private: true, allow: [10.0.0.5:5432, 10.1.0.0/16, \"[fd00::5]:5432\", "
      "\"fd00::/8\", "
      "\"[::1]\", 10.2.0.0/16:80]}}\n",
      "n");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  const auto& egress = result.value.defaults.egress;
  EXPECT_THAT(egress.ports, ElementsAre(80, 443));
  EXPECT_TRUE(egress.private_networks);
  EXPECT_THAT(egress.allow, ElementsAre(Opening{"10.0.0.5", 5432}, Opening{"10.1.0.0/16", 0}, Opening{"fd00::5", 5432},
                                        Opening{"fd00::/8", 0}, Opening{"::1", 0}, Opening{"10.2.0.0/16", 80}));
  std::vector<std::string> written;
  for (const auto& opening : egress.allow) written.push_back(to_string(opening));
  EXPECT_THAT(written, ElementsAre("10.0.0.5:5432", "10.1.0.0/16", "[fd00::5]:5432", "fd00::/8", "::1", "10.2.0.0/16:80"));
  EXPECT_EQ(default_node_file().defaults.egress, Egress{}) << "everything but what is closed";
}

TEST(NodeFile, where_spaces_may_not_be_sent_is_told) {
  EXPECT_THAT(problems_of("defaults: {egress: {ports: [0, 65536, x]}}\n"),
              ElementsAre(HasSubstr("\"defaults.egress.ports[0]\" must be"), HasSubstr("ports[1]"), HasSubstr("ports[2]")));
  EXPECT_THAT(problems_of("defaults: {egress: {ports: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]}}\n"),
              ElementsAre("n:1:28: \"defaults.egress.ports\" must not have more than 15 ports"));
  EXPECT_THAT(problems_of("defaults: {egress: {prvate: true}}\n"), ElementsAre(HasSubstr("did you mean \"private\"")));
  for (const char* wrong : {"example.com", "10.0.0.5:0", "10.0.0.5:65536", "\"10.0.0.5:\"", "10.0.0.0/33", "\"[fd00::5\"",
                            "\"[fd00::5]x\"", "\"[fd00::5]x80\"", "\"[fd00::5]:x\"", "10.0.0.5:8x"}) {
    EXPECT_THAT(problems_of(std::string("defaults: {egress: {allow: [") + wrong + "]}}\n"),
                ElementsAre(HasSubstr("\"defaults.egress.allow[0]\" must be an address or a network")))
        << wrong;
  }
  EXPECT_THAT(problems_of("defaults: {network: none, egress: {private: true}}\n"),
              ElementsAre(HasSubstr("needs \"network: bridge\"")));
  EXPECT_THAT(problems_of("defaults: {volumes: large}\n"), ElementsAre(HasSubstr("one of [sized, plain]")));
}

TEST(NodeFile, limits_on_connections_are_those_of_the_gateway) {
  const auto result = read_node_file("limits: {connections_per_client: 100}", "n");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  EXPECT_EQ(result.value.limits.per_client, 100U);
  EXPECT_THAT(problems_of("limits: {connections: some}"), ElementsAre(HasSubstr("\"limits.connections\" must be")));
}

TEST(NodeFile, limits_of_a_space_are_written_as_those_of_an_upstream) {
  const auto result = read_node_file("defaults: {max_in_flight: 40, queue: {length: 7, deadline: 250ms}}", "n");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  EXPECT_EQ(result.value.defaults.limits, (Limits{40, 7, std::chrono::milliseconds(250)}));
  EXPECT_THAT(problems_of("defaults: {max_in_flight: -1, queue: {lenght: 1}}"),
              ElementsAre(HasSubstr("\"defaults.max_in_flight\" must be"), HasSubstr("did you mean \"length\"")));
}

TEST(NodeFile, volumes_are_read) {
  const auto read = read_node_file(
      "volumes:\n  models: {folder: /srv/models, read_only: true}\n  cache: {size: 5Gi}\n"
      "  team: {size: 1Mi, shared: true, spaces: [team/*, a/b]}\n",
      "spaceport.yaml");
  EXPECT_THAT(texts(read.problems), IsEmpty());
  ASSERT_EQ(read.value.volumes.size(), 3U);
  EXPECT_EQ(*read.value.find_volume("models"), (NodeVolume{"models", "/srv/models", {}, true, true, {}}));
  EXPECT_EQ(*read.value.find_volume("cache"), (NodeVolume{"cache", "", gibibytes(5), false, false, {}}));
  const auto& team = *read.value.find_volume("team");
  EXPECT_TRUE(team.shared);
  EXPECT_TRUE(team.open_to("team/x") && team.open_to("a/b"));
  EXPECT_FALSE(team.open_to("teams/x") || team.open_to("a/bc") || team.open_to("x/team"));
  EXPECT_TRUE(read.value.find_volume("cache")->open_to("anybody/at-all"));
  EXPECT_EQ(read.value.find_volume("none"), nullptr);
}

TEST(NodeFile, volumes_that_cannot_be_are_told_where) {
  const auto one = [](const std::string& text) { return texts(read_node_file("volumes:\n  " + text + "\n", "f").problems); };
  for (const char* text : {"a: {}", "a: {folder: /srv/a, size: 1Gi}"})
    EXPECT_THAT(one(text), ElementsAre(HasSubstr("f:2:6: \"volumes.a\" must have a \"folder\" or a \"size\""))) << text;
  EXPECT_THAT(one("a:"), ElementsAre(HasSubstr("f:2:3: \"volumes.a\" must be {folder: PATH}")));
  EXPECT_THAT(one("a: {size: 1Ki}"), ElementsAre(HasSubstr("1Mi")));
  EXPECT_THAT(one("a: {folder: /srv/a, shared: true}"), ElementsAre(HasSubstr("the same for all")));
  EXPECT_THAT(one("a: {size: 1Gi, spaces: [x]}"), ElementsAre(HasSubstr("owner/name or owner/*")));
  EXPECT_THAT(one("a: {size: 1Gi, read-only: true}"), ElementsAre(HasSubstr("read_only")));
  for (const char* name : {"A", "data", "a--b", "a/b"})
    EXPECT_THAT(one(std::string(name) + ": {size: 1Gi}"), ElementsAre(HasSubstr("must be named"))) << name;
  for (const char* path : {"srv", "/", "/srv/..", "/srv/"})
    EXPECT_THAT(one(std::string("a: {folder: ") + path + "}"), ElementsAre(HasSubstr("absolute path"))) << path;
  for (const char* path : {"/etc", "/var/run/docker", "/run", "/proc/1", "/root", "/var/lib", "/dev"})
    EXPECT_THAT(one(std::string("a: {folder: ") + path + "}"), ElementsAre(HasSubstr("folder of the system"))) << path;
}

}  // namespace
}  // namespace config
