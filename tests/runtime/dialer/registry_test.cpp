#include "runtime/dialer/registry.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace runtime::dialer {
namespace {

using gw::net::Descriptor;
using gw::net::DialerStatus;

const std::string id(64, 'a');
const std::string other(64, 'b');

Descriptor some_descriptor() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

DialerStatus add(Registry& registry, const std::string& container, std::uint64_t generation) {
  return registry.add({1, container, generation, {}}, some_descriptor());
}

TEST(Registry, a_registered_start_is_found) {
  Registry registry(4);
  ASSERT_EQ(add(registry, id, 3), DialerStatus::ok);
  const auto found = registry.find(id, 3);
  EXPECT_EQ(found.status, DialerStatus::ok);
  ASSERT_NE(found.entry, nullptr);
  EXPECT_EQ(found.entry->generation, 3U);
}

TEST(Registry, an_unregistered_container_is_unknown) {
  Registry registry(4);
  EXPECT_EQ(registry.find(id, 1).status, DialerStatus::unknown_container);
}

TEST(Registry, another_start_of_a_container_is_never_found) {
  Registry registry(4);
  add(registry, id, 3);
  EXPECT_EQ(registry.find(id, 2).status, DialerStatus::old_generation);
  EXPECT_EQ(registry.find(id, 2).entry, nullptr);
  EXPECT_EQ(registry.find(id, 4).status, DialerStatus::future_generation);
  EXPECT_EQ(registry.find(id, 4).entry, nullptr);
}

TEST(Registry, a_registration_that_comes_late_changes_nothing) {
  Registry registry(4);
  add(registry, id, 3);
  EXPECT_EQ(add(registry, id, 2), DialerStatus::old_generation);
  EXPECT_EQ(registry.find(id, 3).status, DialerStatus::ok);
}

TEST(Registry, the_same_start_may_be_registered_again) {
  Registry registry(1);
  add(registry, id, 3);
  EXPECT_EQ(add(registry, id, 3), DialerStatus::ok);
  EXPECT_EQ(add(registry, id, 4), DialerStatus::ok);
  EXPECT_EQ(registry.size(), 1U);
}

TEST(Registry, an_end_of_an_earlier_start_leaves_the_later_one) {
  Registry registry(4);
  add(registry, id, 3);
  EXPECT_EQ(registry.remove({1, id, 2}), DialerStatus::old_generation);
  EXPECT_EQ(registry.find(id, 3).status, DialerStatus::ok);
  EXPECT_EQ(registry.remove({1, id, 3}), DialerStatus::ok);
  EXPECT_EQ(registry.find(id, 3).status, DialerStatus::unknown_container);
  EXPECT_EQ(registry.remove({1, id, 3}), DialerStatus::unknown_container);
}

TEST(Registry, takes_no_more_containers_than_its_capacity) {
  Registry registry(1);
  add(registry, id, 1);
  EXPECT_EQ(add(registry, other, 1), DialerStatus::full);
}

TEST(Registry, replacing_a_start_closes_its_namespace) {
  Registry registry(4);
  auto network = some_descriptor();
  const int number = network.get();
  registry.add({1, id, 1, {}}, std::move(network));
  add(registry, id, 2);
  registry.remove({1, id, 2});
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(Registry, pages_name_every_container_once) {
  Registry registry(200);
  for (int i = 0; i < 130; ++i) {
    std::string name(64, '0');
    name[0] = "0123456789abcdef"[i % 16];
    name[1] = "0123456789abcdef"[i / 16];
    add(registry, name, 1);
  }
  std::string after;
  std::size_t seen = 0;
  for (auto page = registry.page({1, after}); !page.entries.empty(); page = registry.page({1, after})) {
    EXPECT_LE(page.entries.size(), gw::net::dialer_page);
    EXPECT_LT(after, page.entries.front().container);
    after = page.entries.back().container;
    seen += page.entries.size();
  }
  EXPECT_EQ(seen, 130U);
}

}  // namespace
}  // namespace runtime::dialer
