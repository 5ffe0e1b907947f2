#include "gateway/net/descriptor_passing.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace gw::net {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  Passed receive(std::size_t limit) { return receive_packet(far.get(), buffer, length, descriptors, limit); }

  Descriptor near;
  Descriptor far;
  std::array<char, 8> buffer{};
  std::size_t length = 0;
  std::vector<Descriptor> descriptors;
};

/// Writing ends of one pipe: they are closed, all of them, when its reading end is at its end.
struct Watched {
  explicit Watched(int count) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
    reading.reset(ends[0]);
    writing.emplace_back(ends[1]);
    while (static_cast<int>(writing.size()) < count) writing.emplace_back(::dup(ends[1]));
  }
  bool closed() const {
    char letter = 0;
    return ::read(reading.get(), &letter, 1) == 0;
  }
  Descriptor reading;
  std::vector<Descriptor> writing;
};

TEST(DescriptorPassing, a_packet_and_its_descriptors_come_whole) {
  Pair pair;
  Watched watched(2);
  ASSERT_EQ(send_packet(pair.near.get(), "12345678", watched.writing), Passed::done);
  ASSERT_EQ(pair.receive(2), Passed::done);
  EXPECT_EQ(std::string(pair.buffer.data(), pair.length), "12345678");
  EXPECT_EQ(pair.descriptors.size(), 2U);
  watched.writing.clear();
  EXPECT_FALSE(watched.closed()) << "they are the receiver's now";
  EXPECT_EQ(pair.receive(2), Passed::later);
}

TEST(DescriptorPassing, a_packet_longer_than_the_buffer_is_refused) {
  Pair pair;
  ASSERT_EQ(send_packet(pair.near.get(), "123456789"), Passed::done);
  EXPECT_EQ(pair.receive(0), Passed::broken);
}

TEST(DescriptorPassing, more_descriptors_than_wanted_are_refused_and_closed) {
  for (const std::size_t limit : {0, 1, 2, 3}) {
    Pair pair;
    Watched watched(4);
    ASSERT_EQ(send_packet(pair.near.get(), "x", watched.writing), Passed::done);
    watched.writing.clear();
    EXPECT_EQ(pair.receive(limit), Passed::broken) << limit;
    EXPECT_TRUE(pair.descriptors.empty());
    EXPECT_TRUE(watched.closed()) << limit;
  }
}

TEST(DescriptorPassing, one_descriptor_more_that_fits_beside_the_others_is_refused_too) {
  // Space for one descriptor is, aligned, space for two.
  Pair pair;
  Watched watched(2);
  ASSERT_EQ(send_packet(pair.near.get(), "x", watched.writing), Passed::done);
  watched.writing.clear();
  EXPECT_EQ(pair.receive(1), Passed::broken);
  EXPECT_TRUE(watched.closed());
}

TEST(DescriptorPassing, what_is_received_is_not_inherited_by_programs) {
  Pair pair;
  Watched watched(1);
  ASSERT_EQ(send_packet(pair.near.get(), "x", watched.writing), Passed::done);
  ASSERT_EQ(pair.receive(1), Passed::done);
  EXPECT_NE(::fcntl(pair.descriptors.at(0).get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(DescriptorPassing, an_end_is_told) {
  Pair pair;
  pair.near.reset();
  EXPECT_EQ(pair.receive(1), Passed::broken);
  EXPECT_EQ(send_packet(pair.far.get(), "x"), Passed::broken);
}

}  // namespace
}  // namespace gw::net
