#include "runtime/dialer/privileges.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace runtime::dialer {
namespace {

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

void empty_bounding_set() {
  // The last capability is the kernel's to know: the first number it does not know ends the list.
  for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    check(::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "cannot drop a capability from the bounding set");
}

void set_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  sets[CAP_TO_INDEX(CAP_SYS_ADMIN)].permitted = CAP_TO_MASK(CAP_SYS_ADMIN);
  sets[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective = CAP_TO_MASK(CAP_SYS_ADMIN);
  check(static_cast<int>(::syscall(SYS_capset, &header, sets.data())), "cannot keep CAP_SYS_ADMIN");
}

}  // namespace

void keep_only_sys_admin(uid_t user, gid_t group) {
  if (::geteuid() == 0) {
    empty_bounding_set();
    check(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "cannot keep capabilities over setuid");
    check(::setgroups(0, nullptr), "cannot drop the supplementary groups");
    check(::setresgid(group, group, group), "cannot change the group");
    check(::setresuid(user, user, user), "cannot change the user");
  }
  // What was inherited without root comes in as file capabilities; there the bounding set is not ours to empty.
  check(::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "cannot clear the ambient capabilities");
  set_capabilities();
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "cannot set no_new_privs");
  check(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), "cannot forbid dumps");
}

std::size_t raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace runtime::dialer
