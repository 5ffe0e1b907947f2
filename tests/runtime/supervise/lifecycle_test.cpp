#include "runtime/supervise/lifecycle.hpp"

#include <gtest/gtest.h>

#include "runtime/supervise/endpoints.hpp"

namespace runtime::supervise {
namespace {

TEST(Lifecycle, builds_then_starts_then_switches_over) {
  Observed seen;
  EXPECT_EQ(decide(Want::running, seen), Action::build);
  seen.image = Image::building;
  EXPECT_EQ(decide(Want::running, seen), Action::nothing);
  seen.image = Image::built;
  EXPECT_EQ(decide(Want::running, seen), Action::start_next);
  seen.next = Next::starting;
  EXPECT_EQ(decide(Want::running, seen), Action::nothing);
  seen.next = Next::ready;
  EXPECT_EQ(decide(Want::running, seen), Action::switch_over);
}

TEST(Lifecycle, a_failed_build_leaves_the_old_one_serving) {
  const Observed seen{Source::good, Image::failed, Next::none, Serving::older, Starts::allowed};
  EXPECT_EQ(decide(Want::running, seen), Action::nothing);
  EXPECT_EQ(stage(Want::running, seen), Stage::running);
}

TEST(Lifecycle, a_failed_container_is_removed_and_not_started_again) {
  Observed seen{Source::good, Image::built, Next::failed, Serving::none, Starts::given_up};
  EXPECT_EQ(decide(Want::running, seen), Action::discard_next);
  seen.next = Next::none;
  EXPECT_EQ(decide(Want::running, seen), Action::nothing);
  EXPECT_EQ(stage(Want::running, seen), Stage::runtime_error);
}

// Whatever the picture, performing what is decided for a stopped Space ends with nothing left of it.
TEST(Lifecycle, a_deleted_space_always_comes_to_its_end) {
  for (int picture = 0; picture != 3 * 4 * 4 * 3 * 3; ++picture) {
    int rest = picture;
    const auto digit = [&rest](int base) {
      const int d = rest % base;
      rest /= base;
      return d;
    };
    Observed seen{static_cast<Source>(digit(3)), static_cast<Image>(digit(4)), static_cast<Next>(digit(4)),
                  static_cast<Serving>(digit(3)), static_cast<Starts>(digit(3))};
    Action action = decide(Want::deleted, seen);
    for (int steps = 0; action != Action::erase && steps != 4; ++steps, action = decide(Want::deleted, seen)) {
      if (action == Action::cancel_build) seen.image = Image::none;
      if (action == Action::discard_next) seen.next = Next::none;
      if (action == Action::stop_serving) seen.serving = Serving::none;
    }
    EXPECT_EQ(action, Action::erase) << picture;
  }
}

TEST(Lifecycle, a_sleeping_space_always_comes_to_rest) {
  for (const Rest rest : {Rest::frozen, Rest::stopped}) {
    Observed seen{Source::good, Image::built, Next::starting, Serving::older, Starts::allowed};
    seen.rest = rest;
    EXPECT_EQ(decide(Want::sleeping, seen), Action::discard_next);
    seen.next = Next::none;
    EXPECT_EQ(decide(Want::sleeping, seen), Action::quiesce);
    seen.power = Power::quiet;
    EXPECT_EQ(decide(Want::sleeping, seen), rest == Rest::frozen ? Action::freeze : Action::stop_serving);
    seen.engine = Engine::gone;
    EXPECT_EQ(decide(Want::sleeping, seen), Action::nothing);
  }
}

TEST(Listens, finds_a_listening_port_only) {
  const char* table =
      "  sl  local_address rem_address   st\n   0: 0100007F:1EB4 00000000:0000 0A 00000000\n"
      "   1: 0100007F:1F90 0100007F:1EB4 01 00000000\n";
  EXPECT_TRUE(table_listens(table, 7860));
  EXPECT_FALSE(table_listens(table, 8080));
  EXPECT_FALSE(table_listens(table, 1));
}

TEST(Connected, finds_an_open_connection_to_a_port_of_the_container_only) {
  const char* table =
      "   0: 0100007F:1EB4 00000000:0000 0A 00000000\n"
      "   1: 0100007F:1F90 0100007F:1EB4 01 00000000\n"
      "   2: 0100007F:2382 0100007F:1EB4 08 00000000\n";
  EXPECT_TRUE(table_connected(table, 8080));
  EXPECT_FALSE(table_connected(table, 7860)) << "it listens, and a client of it has a port of its own";
  EXPECT_FALSE(table_connected(table, 9090)) << "the other side has closed it";
}

TEST(Listens, tells_a_server_on_the_loopback_from_one_that_is_reached_from_outside) {
  EXPECT_FALSE(table_listens_outward("   0: 0100007F:1EB4 00000000:0000 0A \n", 7860));
  EXPECT_TRUE(table_listens_outward("   0: 00000000:1EB4 00000000:0000 0A \n", 7860));
  EXPECT_TRUE(table_listens_outward("   0: 020011AC:1EB4 00000000:0000 0A \n", 7860));
  const std::string any = "00000000000000000000000000000000:0000 0A \n";
  EXPECT_FALSE(table_listens_outward("   0: 00000000000000000000000001000000:1EB4 " + any, 7860));
  EXPECT_FALSE(table_listens_outward("   0: 0000000000000000FFFF00000100007F:1EB4 " + any, 7860));
  EXPECT_TRUE(table_listens_outward("   0: 00000000000000000000000000000000:1EB4 " + any, 7860));
  EXPECT_FALSE(table_listens_outward("   0: 00000000:1EB4 00000000:0000 01 \n", 7860));
}

}  // namespace
}  // namespace runtime::supervise
