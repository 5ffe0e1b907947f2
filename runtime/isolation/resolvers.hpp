#pragma once
// The name servers that the engine asks for its containers. Its own resolver, which answers inside each of them, sends questions on
// from there: they pass the rules like any other packet.

#include <string>
#include <string_view>
#include <vector>

namespace runtime::isolation {

/// The addresses behind `nameserver` in the text of a resolv.conf(5).
std::vector<std::string> name_servers(std::string_view resolv_conf);

/// Those that containers ask, as the engine chooses them: the host's, behind a local stub (127.0.0.53) the stub's, and where the
/// host has none the engine's own choice. Loopback addresses are left out: the engine asks those itself.
std::vector<std::string> choose_resolvers(std::string_view host, std::string_view behind_stub);

/// The same from the files of this machine.
std::vector<std::string> resolvers_of_this_machine();

}  // namespace runtime::isolation
