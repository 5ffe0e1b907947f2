#pragma once
// What the program gives up before it listens to anybody: everything but CAP_SYS_ADMIN, which setns(2) needs.

#include <sys/types.h>

#include <cstddef>

namespace runtime::dialer {

/// Becomes `user` and `group` (when started as root), keeps CAP_SYS_ADMIN alone, empties the bounding set, forbids to
/// gain privileges, and cannot be traced or dumped. Throws std::system_error; the program must then end.
void keep_only_sys_admin(uid_t user, gid_t group);

/// As many descriptors as the hard limit allows; returns the number.
std::size_t raise_descriptor_limit() noexcept;

}  // namespace runtime::dialer
