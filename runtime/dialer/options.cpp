#include "runtime/dialer/options.hpp"

#include <getopt.h>
#include <grp.h>
#include <pwd.h>

#include <array>
#include <charconv>
#include <cstring>

namespace runtime::dialer {
namespace {

std::optional<unsigned> number(const char* text) {
  unsigned value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  // The all-ones value means "leave unchanged" to setresuid.
  if (error != std::errc{} || stop != end || value == static_cast<unsigned>(-1)) return std::nullopt;
  return value;
}

bool set_user(Options& options, const char* text) {
  if (const auto uid = number(text)) {
    options.user = *uid;
    options.user_group = *uid;
    return true;
  }
  const auto* entry = ::getpwnam(text);
  if (entry == nullptr) return false;
  options.user = entry->pw_uid;
  options.user_group = entry->pw_gid;
  return true;
}

bool allow(Options& options, const char* text) {
  auto uid = number(text);
  if (!uid) {
    const auto* entry = ::getpwnam(text);
    if (entry == nullptr) return false;
    uid = entry->pw_uid;
  }
  options.allowed_uids.push_back(*uid);
  return true;
}

bool set_group(Options& options, const char* text) {
  auto gid = number(text);
  if (!gid) {
    const auto* entry = ::getgrnam(text);
    if (entry == nullptr) return false;
    gid = entry->gr_gid;
  }
  options.group = *gid;
  return true;
}

}  // namespace

const char* const usage =
    "Usage: spaceport-dialer --dialer-socket PATH --registrar-socket PATH --allow-uid UID [--allow-uid UID ...]\n"
    "\n"
    "Hands out TCP sockets that live in the network namespaces of registered containers. Needs CAP_SYS_ADMIN and "
    "keeps\n"
    "nothing else. `spaceport serve` starts it; the gateway asks it.\n"
    "\n"
    "  --dialer-socket PATH     where the gateway asks (mode 0660)\n"
    "  --registrar-socket PATH  where the runtime registers containers (mode 0600)\n"
    "  --allow-uid UID|NAME     who may ask; may be repeated\n"
    "  --group GID|NAME         group of the dialer socket\n"
    "  --user UID|NAME          whom to become when started as root (default 65534)\n"
    "  --help, --version\n"
    "\n"
    "With LISTEN_FDS=2 the two sockets are inherited, in this order, and need no paths.\n"
    "Exit codes: 0 ended on SIGTERM or SIGINT, 1 something failed, 2 wrong arguments.\n";

std::optional<Options> read_options(int count, char** arguments, bool sockets_inherited, std::string& error) {
  static constexpr std::array known{option{"dialer-socket", required_argument, nullptr, 'd'},
                                    option{"registrar-socket", required_argument, nullptr, 'r'},
                                    option{"allow-uid", required_argument, nullptr, 'a'},
                                    option{"group", required_argument, nullptr, 'g'},
                                    option{"user", required_argument, nullptr, 'u'},
                                    option{"help", no_argument, nullptr, 'h'},
                                    option{"version", no_argument, nullptr, 'v'},
                                    option{nullptr, 0, nullptr, 0}};
  Options options;
  ::optind = 1;
  ::opterr = 0;
  for (int given = 0; (given = ::getopt_long(count, arguments, ":", known.data(), nullptr)) != -1;) {
    bool good = true;
    switch (given) {
      case 'd':
        options.dialer_socket = ::optarg;
        break;
      case 'r':
        options.registrar_socket = ::optarg;
        break;
      case 'a':
        good = allow(options, ::optarg);
        break;
      case 'g':
        good = set_group(options, ::optarg);
        break;
      case 'u':
        good = set_user(options, ::optarg);
        break;
      case 'h':
        options.help = true;
        break;
      case 'v':
        options.version = true;
        break;
      default:
        error = std::string("unknown or incomplete option ") + arguments[::optind - 1];
        return std::nullopt;
    }
    if (!good) {
      error = std::string("no such user or group: ") + ::optarg;
      return std::nullopt;
    }
  }
  if (options.help || options.version) return options;
  if (::optind < count)
    error = std::string("unexpected argument ") + arguments[::optind];
  else if (!sockets_inherited && (options.dialer_socket.empty() || options.registrar_socket.empty()))
    error = "--dialer-socket and --registrar-socket are needed";
  else if (options.allowed_uids.empty())
    error = "--allow-uid is needed: without it nobody may ask";
  if (!error.empty()) return std::nullopt;
  return options;
}

}  // namespace runtime::dialer
