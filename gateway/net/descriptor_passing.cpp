#include "gateway/net/descriptor_passing.hpp"

#include <sys/socket.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace gw::net {
namespace {

constexpr std::size_t most_descriptors = 16;
using Control = std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)>;

void take_descriptors(msghdr& message, std::vector<Descriptor>& descriptors) {
  for (auto* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const auto count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
}

}  // namespace

Passed send_packet(int socket, std::string_view packet, std::span<const Descriptor> descriptors) {
  assert(descriptors.size() <= most_descriptors);
  iovec bytes{const_cast<char*>(packet.data()), packet.size()};
  alignas(cmsghdr) Control control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors.size());
    auto* part = CMSG_FIRSTHDR(&message);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * descriptors.size());
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
      const int fd = descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof(int), &fd, sizeof fd);
    }
  }
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return errno == EAGAIN ? Passed::later : Passed::broken;
  }
  return Passed::done;
}

Passed receive_packet(int socket, std::span<char> buffer, std::size_t& length, std::vector<Descriptor>& descriptors,
                      std::size_t limit) {
  assert(limit <= most_descriptors);
  descriptors.clear();
  iovec bytes{buffer.data(), buffer.size()};
  alignas(cmsghdr) Control control{};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = limit > 0 ? control.data() : nullptr;
  message.msg_controllen = limit > 0 ? CMSG_SPACE(sizeof(int) * limit) : 0;
  ssize_t got = 0;
  while ((got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == EINTR) continue;
    return errno == EAGAIN ? Passed::later : Passed::broken;
  }
  // Whatever was installed is owned from here on, also when the packet is refused. Alignment can leave room for one
  // descriptor more than `limit`.
  take_descriptors(message, descriptors);
  length = static_cast<std::size_t>(got);
  if (got == 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || descriptors.size() > limit) {
    descriptors.clear();
    return Passed::broken;
  }
  return Passed::done;
}

}  // namespace gw::net
