#include "gateway/control/check.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <system_error>

namespace gw::control {

config::GatewayFileResult read_file(const std::string& path) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  errno = folder ? EISDIR : 0;
  std::ifstream stream;
  // A folder opens like a file and throws at the first byte.
  if (!folder) stream.open(path, std::ios::binary);
  if (!stream.is_open()) {
    config::GatewayFileResult result;
    config::Problem problem;
    problem.file = path;
    problem.message = std::string("cannot be read: ") + std::generic_category().message(errno != 0 ? errno : EIO);
    result.problems.push_back(std::move(problem));
    return result;
  }
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  return config::read_gateway_file(text, path);
}

int check_command(const std::string& path, std::ostream& out, std::ostream& err) {
  const config::GatewayFileResult file = read_file(path);
  for (const config::Problem& problem : file.problems) err << problem.text() << '\n';
  if (config::has_errors(file.problems)) return 1;
  out << path << ": " << file.value.listeners.size() << " listeners, " << file.value.upstreams.size() << " upstreams, "
      << file.value.routes.size() << " routes, no errors\n";
  return 0;
}

}  // namespace gw::control
