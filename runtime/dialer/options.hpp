#pragma once
// The command line of spaceport-dialer.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace runtime::dialer {

struct Options {
  std::string dialer_socket;        ///< where the gateway asks; mode 0660
  std::string registrar_socket;     ///< where the runtime registers; mode 0600
  std::vector<uid_t> allowed_uids;  ///< who may ask; at least one
  std::optional<gid_t> group;       ///< owns the dialer socket; without it, the group of who started us
  uid_t user = 65534;               ///< whom to become when started as root
  gid_t user_group = 65534;
  bool help = false;
  bool version = false;
};

/// The options, or in `error` what is wrong with them.
std::optional<Options> read_options(int count, char** arguments, bool sockets_inherited, std::string& error);

extern const char* const usage;

}  // namespace runtime::dialer
