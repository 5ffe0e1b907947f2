// spaceport-dialer: binds its two sockets, gives up everything but CAP_SYS_ADMIN, then serves.

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "runtime/dialer/listening_socket.hpp"
#include "runtime/dialer/options.hpp"
#include "runtime/dialer/privileges.hpp"
#include "runtime/dialer/server.hpp"

namespace {

using namespace runtime::dialer;

constexpr int ok = 0;
constexpr int failed = 1;
constexpr int wrong_arguments = 2;

int serve(const Options& options, bool inherited) {
  constexpr mode_t for_the_gateway = 0660;
  constexpr mode_t for_the_runtime = 0600;
  auto asking = inherited ? inherit_socket(0) : listen_at(options.dialer_socket, for_the_gateway, options.group);
  auto registering = inherited ? inherit_socket(1) : listen_at(options.registrar_socket, for_the_runtime, std::nullopt);

  ServerSettings settings;
  settings.askers = options.allowed_uids;
  settings.registrars = {0, ::getuid()};
  // One descriptor per container and per client must leave room for the sockets on their way.
  constexpr std::size_t spare = 128;
  const auto descriptors = raise_descriptor_limit();
  settings.containers =
      std::min<std::size_t>(16384, descriptors > settings.clients + 2 * spare ? descriptors - settings.clients - spare : spare);

  keep_only_sys_admin(options.user, options.user_group);
  Server server(std::move(settings), std::move(asking), std::move(registering));
  std::fprintf(stderr, "spaceport-dialer: ready\n");
  server.run();
  return ok;
}

}  // namespace

int main(int count, char** arguments) {
  // The program outlives who started it: a closed terminal or log pipe must not end it.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  try {
    const int sockets = inherited_sockets();
    std::string error;
    const auto options = read_options(count, arguments, sockets == 2, error);
    if (!options) {
      std::fprintf(stderr, "spaceport-dialer: %s\nTry --help.\n", error.c_str());
      return wrong_arguments;
    }
    if (options->help) return std::fputs(usage, stdout) >= 0 ? ok : failed;
    if (options->version) return std::puts("spaceport-dialer " SPACEPORT_VERSION) >= 0 ? ok : failed;
    return serve(*options, sockets == 2);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "spaceport-dialer: %s\n", problem.what());
    return failed;
  }
}
