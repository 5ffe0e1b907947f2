#include "runtime/isolation/resolvers.hpp"

#include <gmock/gmock.h>

namespace runtime::isolation {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(NameServers, are_read_from_what_glibc_reads) {
  EXPECT_THAT(
      name_servers("# nameserver 9.9.9.9\nsearch example.com\nnameserver 10.0.0.2\n  nameserver\tfe80::1%eth0  # x\noptions a\n"
                   "nameserver not-an-address\nnameserver\nnameserver 1.1.1.1"),
      ElementsAre("10.0.0.2", "fe80::1", "1.1.1.1"));
  EXPECT_THAT(name_servers(""), IsEmpty());
}

TEST(Resolvers, are_those_of_the_host) {
  EXPECT_THAT(choose_resolvers("nameserver 10.0.0.2\nnameserver 127.0.0.1\nnameserver ::1\n", "nameserver 10.0.0.9\n"),
              ElementsAre("10.0.0.2"));
}

TEST(Resolvers, behind_a_local_stub_are_those_that_it_asks) {
  EXPECT_THAT(choose_resolvers("nameserver 127.0.0.53\n", "nameserver 192.168.1.1\nnameserver 127.0.0.1\n"),
              ElementsAre("192.168.1.1"));
}

TEST(Resolvers, of_a_host_without_any_are_the_engines_own) {
  EXPECT_THAT(choose_resolvers("", ""), ElementsAre("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"));
}

}  // namespace
}  // namespace runtime::isolation
