// Calls on the real engine. What is made here has a label of its own and is removed.
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "gateway/net/listener.hpp"
#include "tests/runtime/engine/on_engine.hpp"

namespace runtime::engine {
namespace {

using testing::HasSubstr;

class RealDocker : public OnEngine {};

TEST_F(RealDocker, agrees_on_a_version) {
  const auto version = await(engine_->negotiate());
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_THAT(version->api, testing::StartsWith("1.4"));
  EXPECT_TRUE(engine_->capabilities().local);
}

TEST_F(RealDocker, an_engine_that_is_not_there_is_said_with_a_next_step) {
  const auto nobody = make_docker_engine(worker_, "unix:///nonexistent/docker.sock");
  const auto version = await(nobody->negotiate());
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message, HasSubstr("no container engine answers at unix:///nonexistent/docker.sock"));
  EXPECT_NE(version.error().hint, "");
}

TEST_F(RealDocker, an_engine_that_accepts_and_says_nothing_is_not_waited_for_for_ever) {
  const std::string path = "/tmp/spaceport-mute-" + std::to_string(::getpid()) + ".sock";
  const auto mute = gw::net::listen_unix(path, 0600);
  ASSERT_GE(mute.descriptor, 0) << mute.problem;
  const auto engine = make_docker_engine(worker_, "unix://" + path, std::chrono::milliseconds(200));
  const auto began = std::chrono::steady_clock::now();

  const auto version = await(engine->negotiate());

  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  ::close(mute.descriptor);
  ::unlink(path.c_str());
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message, HasSubstr("The answer did not begin in time"));
  EXPECT_THAT(version.error().hint, HasSubstr("docker info"));
}

TEST_F(RealDocker, volumes_are_made_listed_by_label_and_removed) {
  const auto name = "spaceport-test-" + std::to_string(::getpid());
  VolumeSpec spec;
  spec.name = name;
  spec.labels["spaceport.test"] = name;
  ASSERT_TRUE(await(engine_->create_volume(spec)));
  const auto found = await(engine_->list_volumes({"spaceport.test=" + name}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1u);
  // Podman lists what has one of two labels.
  const auto both = await(engine_->list_volumes({"spaceport.test=" + name, "spaceport.other=" + name}));
  ASSERT_TRUE(both);
  EXPECT_EQ(both->size(), 0u);
  EXPECT_TRUE(await(engine_->remove_volume(name)));
  EXPECT_TRUE(await(engine_->inspect_volume(name)).error().not_found());
}

TEST_F(RealDocker, a_gpu_that_is_not_there_is_a_clear_error_and_the_request_is_kept) {
  const auto image = "spaceport-test/gpu:" + std::to_string(::getpid());
  ASSERT_EQ(std::system(("tar -C / -ch bin/busybox | docker import - " + image + " > /dev/null").c_str()), 0);
  ContainerSpec spec;
  spec.image = image;
  spec.command = {"/bin/busybox", "true"};
  spec.network_mode = "none";
  spec.device_requests = {DeviceRequest{}};
  const auto id = await(engine_->create(spec));
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_THAT(await(engine_->inspect(*id))->raw, HasSubstr("\"gpu\""));
  const auto started = await(engine_->start(*id));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("no GPU is available on this node"));
  EXPECT_TRUE(await(engine_->remove(*id)));
  EXPECT_TRUE(await(engine_->remove_image(image, true)));
}

TEST_F(RealDocker, knows_what_a_container_has_written_and_where) {
  const auto image = "spaceport-test/written:" + std::to_string(::getpid());
  ASSERT_EQ(std::system(("tar -C / -ch bin/busybox | docker import - " + image + " > /dev/null").c_str()), 0);
  ContainerSpec spec;
  spec.image = image;
  spec.user = "0";
  spec.command = {"/bin/busybox", "dd", "if=/dev/zero", "of=/big", "bs=1M", "count=3"};
  spec.network_mode = "none";
  const auto id = await(engine_->create(spec));
  ASSERT_TRUE(id) << id.error().message;
  ASSERT_TRUE(await(engine_->start(*id)));
  ASSERT_EQ(await(engine_->wait(*id)).value(), 0);

  EXPECT_GE(await(engine_->written(*id)).value(), Bytes{3} << 20);
  EXPECT_THAT(await(engine_->inspect(*id))->written_folder, testing::StartsWith("/"));

  EXPECT_TRUE(await(engine_->remove(*id)));
  EXPECT_TRUE(await(engine_->remove_image(image, true)));
}

TEST_F(RealDocker, lists_those_that_run_apart_from_those_that_are_frozen_or_have_not_begun) {
  const std::string name = "spaceport-test/running:" + std::to_string(::getpid());
  ASSERT_EQ(std::system(("tar -C / -ch bin/busybox | docker import - " + name + " > /dev/null").c_str()), 0);
  ContainerSpec spec;
  spec.image = name;
  spec.command = {"/bin/busybox", "sleep", "60"};
  spec.network_mode = "none";
  spec.labels["spaceport.test"] = name;
  const std::vector<std::string> ours{"spaceport.test=" + name};
  const auto running = [&] { return await(engine_->list_running(ours)).value().size(); };
  const auto id = await(engine_->create(spec));
  ASSERT_TRUE(id) << id.error().message;

  EXPECT_EQ(running(), 0u);
  ASSERT_TRUE(await(engine_->start(*id)));
  EXPECT_EQ(running(), 1u);
  ASSERT_TRUE(await(engine_->pause(*id)));
  EXPECT_EQ(running(), 0u);
  EXPECT_EQ(await(engine_->list(ours)).value().size(), 1u);

  EXPECT_TRUE(await(engine_->remove(*id)));
  EXPECT_TRUE(await(engine_->remove_image(name, true)));
}

}  // namespace
}  // namespace runtime::engine
