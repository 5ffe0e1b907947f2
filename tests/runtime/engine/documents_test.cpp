#include "runtime/engine/documents.hpp"

#include <gmock/gmock.h>

namespace runtime::engine {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;

TEST(ContainerSpec, the_defaults_are_those_of_a_space) {
  ContainerSpec spec;
  spec.image = "app";
  spec.memory = 268435456;
  spec.pids_limit = 100;
  const auto body = to_json(spec);
  const auto& host = body.at("HostConfig").as_object();
  EXPECT_EQ(body.at("User"), "1000");
  EXPECT_EQ(host.at("CapDrop"), json::array{"ALL"});
  EXPECT_EQ(host.at("SecurityOpt"), json::array{"no-new-privileges"});
  EXPECT_EQ(host.at("Init"), true);
  EXPECT_EQ(host.at("MemorySwap"), host.at("Memory"));
  EXPECT_EQ(host.at("PidsLimit"), 100);
  EXPECT_EQ(host.at("RestartPolicy").at("Name"), "no");
  EXPECT_EQ(host.at("LogConfig").at("Config").at("max-file"), "3");
  EXPECT_FALSE(host.contains("DeviceRequests"));
  EXPECT_FALSE(host.contains("PortBindings"));
}

TEST(ContainerSpec, a_gpu_is_a_device_request_by_count_or_by_id_but_not_both) {
  ContainerSpec spec;
  DeviceRequest one;
  one.ids = {"0", "1"};
  spec.device_requests = {DeviceRequest{}, one};
  const auto host = to_json(spec).at("HostConfig");
  const auto& requests = host.at("DeviceRequests").as_array();
  EXPECT_EQ(requests[0].at("Count"), -1);
  EXPECT_EQ(requests[0].at("Capabilities"), json::parse(R"([["gpu"]])"));
  EXPECT_FALSE(requests[1].as_object().contains("Count"));
  EXPECT_EQ(requests[1].at("DeviceIDs"), json::parse(R"(["0","1"])"));
}

TEST(ContainerSpec, volumes_and_networks) {
  ContainerSpec spec;
  spec.network_mode = "spaces";
  spec.mounts = {{Mount::Kind::volume, "v", "/data", false}, {Mount::Kind::bind, "/h", "/b", true}};
  const auto body = to_json(spec);
  EXPECT_TRUE(body.at("NetworkingConfig").at("EndpointsConfig").as_object().contains("spaces"));
  const auto& mounts = body.at("HostConfig").at("Mounts").as_array();
  EXPECT_EQ(mounts[0].at("Type"), "volume");
  EXPECT_EQ(mounts[1].at("ReadOnly"), true);
}

TEST(Container, is_read_from_an_inspection) {
  const auto read = to_container(json::parse(R"({"Id":"abc","Name":"/n","State":{"Status":"running","Pid":12,"OOMKilled":true,
    "ExitCode":137},"Config":{"Labels":{"a":"b"},"User":"1000"},"NetworkSettings":{"SandboxKey":"/ns",
    "Networks":{"bridge":{"IPAddress":"172.17.0.2"}},"Ports":{"80/tcp":[{"HostPort":"8080"}],"81/tcp":null}}})"));
  EXPECT_EQ(read.name, "n");
  EXPECT_TRUE(read.running());
  EXPECT_TRUE(read.oom_killed);
  EXPECT_EQ(read.sandbox_key, "/ns");
  EXPECT_EQ(read.ip_address, "172.17.0.2");
  EXPECT_EQ(read.published.at(80), 8080);
}

TEST(Container, what_it_has_written_lies_where_the_engine_says) {
  EXPECT_EQ(
      to_container(json::parse(R"({"GraphDriver":{"Name":"overlay2","Data":{"UpperDir":"/var/d/1/diff"}}})")).written_folder,
      "/var/d/1/diff");
  EXPECT_EQ(to_container(json::parse(R"({"GraphDriver":{"Name":"vfs","Data":null}})")).written_folder, "");
}

TEST(Network, has_all_of_its_subnets_and_the_first_gateway) {
  const auto read = to_network(json::parse(R"({"Name":"n","Options":{"com.docker.network.bridge.name":"sp-1"},"IPAM":{"Config":[
    {"Subnet":"172.20.0.0/16","Gateway":"172.20.0.1"},{"Subnet":"fd12::/64","Gateway":"fd12::1"}]}})"));
  EXPECT_EQ(read.bridge, "sp-1");
  EXPECT_EQ(read.gateway, "172.20.0.1");
  EXPECT_EQ(read.subnets, (std::vector<std::string>{"172.20.0.0/16", "fd12::/64"}));
}

TEST(Volume, tells_what_its_driver_was_told) {
  const auto read = to_volume(json::parse(R"({"Name":"v","Mountpoint":"/m","Options":{"device":"/dev/loop0"},"Labels":null})"));
  EXPECT_EQ(read.driver_options.at("device"), "/dev/loop0");
  EXPECT_TRUE(to_volume(json::parse(R"({"Name":"v","Options":null})")).driver_options.empty());
}

TEST(Info, tells_what_keeps_containers_in) {
  const auto read = to_info(json::parse(R"({"SecurityOptions":["name=seccomp,profile=default","name=userns"]})"));
  EXPECT_EQ(read.security, (std::vector<std::string>{"name=seccomp,profile=default", "name=userns"}));
}

TEST(Container, an_empty_document_is_read_as_nothing) { EXPECT_EQ(to_container(json::value()).id, ""); }

TEST(Error, no_gpu_is_said_in_words_with_a_next_step) {
  const auto error = to_error(500, R"({"message":"could not select device driver \"\" with capabilities: [[gpu]]"})");
  EXPECT_THAT(error.message, HasSubstr("no GPU is available on this node"));
  EXPECT_THAT(error.hint, HasSubstr("nvidia-container-toolkit"));
}

TEST(Error, known_causes_have_a_next_step) {
  for (const auto* text :
       {"No such image: x", "write /x: no space left on device", "Conflict. The name is already in use by container y",
        "exec: \"x\": executable file not found in $PATH", "No command specified", "lookup r: no such host"})
    EXPECT_NE(translate({500, text, {}}).hint, "") << text;
}

// The engine's own words, when it starts a container and its docker-init is gone from $PATH.
TEST(Error, an_init_that_the_engine_lacks_is_no_fault_of_the_image) {
  const auto error = to_error(500, R"({"message":"exec: \"docker-init\": executable file not found in $PATH"})");
  EXPECT_THAT(error.message, HasSubstr("the engine has no init program (docker-init) on its machine (exec: \"docker-init\""));
  EXPECT_THAT(error.hint, HasSubstr("`apt install tini`"));
  EXPECT_THAT(error.hint, Not(HasSubstr("CMD")));
  EXPECT_THAT(translate({500, "exec: \"my-docker-init\": executable file not found in $PATH: unknown", {}}).hint,
              HasSubstr("CMD and ENTRYPOINT"));
}

TEST(Error, text_that_is_no_json_is_kept) { EXPECT_EQ(to_error(502, "bad gateway\n").message, "bad gateway"); }

TEST(Url, everything_but_unreserved_is_encoded) { EXPECT_EQ(url_encode("a/b {\"k\"}"), "a%2Fb%20%7B%22k%22%7D"); }

TEST(Labels, are_looked_for_one_by_one_with_their_values) {
  const Labels labels{{"a", "1"}, {"b", "2=x"}, {"c", ""}};
  EXPECT_TRUE(has_all(labels, {}));
  EXPECT_TRUE(has_all(labels, {"a=1", "b=2=x", "c="}));
  EXPECT_TRUE(has_all(labels, {"a", "c"}));
  EXPECT_FALSE(has_all(labels, {"a=1", "b=2"}));
  EXPECT_FALSE(has_all(labels, {"a=1", "d"}));
  EXPECT_FALSE(has_all(labels, {"a=", "b"}));
}

TEST(Events, are_asked_for_and_read_in_the_words_of_podman_too) {
  EventFilter filter;
  EXPECT_NE(filters(filter).find(R"("event":["start","die","oom","pause","unpause","destroy"])"), std::string::npos);
  EXPECT_NE(filters(as_podman(filter)).find(R"("event":["start","died","oom","pause","unpause","remove"])"), std::string::npos);
  const auto action = [](const char* word) {
    return to_event(boost::json::parse(std::string(R"({"Type":"container","Action":")") + word + "\"}")).action;
  };
  EXPECT_EQ(action("died"), "die");
  EXPECT_EQ(action("remove"), "destroy");
  EXPECT_EQ(action("pause"), "pause");
}

}  // namespace
}  // namespace runtime::engine
