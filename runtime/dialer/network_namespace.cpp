#include "runtime/dialer/network_namespace.hpp"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace runtime::dialer {

using gw::net::Descriptor;

NetworkNamespace::NetworkNamespace() : home_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)) {
  if (!home_) throw std::system_error(errno, std::generic_category(), "cannot open /proc/self/ns/net");
}

bool NetworkNamespace::foreign(const Descriptor& network) const noexcept {
  struct stat theirs {};
  struct stat ours {};
  if (::fstat(network.get(), &theirs) != 0 || ::fstat(home_.get(), &ours) != 0) return false;
  // Only a file of nsfs is asked: an ioctl on a descriptor of a hostile kind (a device, FUSE) could block or act.
  if (theirs.st_dev != ours.st_dev || theirs.st_ino == ours.st_ino) return false;
  return ::ioctl(network.get(), NS_GET_NSTYPE) == CLONE_NEWNET;
}

NetworkNamespace::Sockets NetworkNamespace::sockets(const Descriptor& network, std::size_t v4, std::size_t v6) const {
  Sockets made;
  made.all.reserve(v4 + v6);
  if (::setns(network.get(), CLONE_NEWNET) != 0) return made;
  const auto make = [&made](int family, std::size_t wanted) {
    std::size_t count = 0;
    for (; count < wanted; ++count) {
      Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
      if (!socket) break;
      made.all.push_back(std::move(socket));
    }
    return count;
  };
  made.v4 = make(AF_INET, v4);
  made.v6 = make(AF_INET6, v6);
  if (::setns(home_.get(), CLONE_NEWNET) != 0) {
    std::fprintf(stderr, "spaceport-dialer: cannot return to its own network namespace; stopping\n");
    std::abort();
  }
  return made;
}

}  // namespace runtime::dialer
