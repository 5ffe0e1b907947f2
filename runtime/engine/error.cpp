#include "runtime/engine/error.hpp"

#include <boost/throw_exception.hpp>
#include <stdexcept>

namespace runtime::engine {
namespace {

struct Rule {
  std::string_view sign;     ///< a piece of the engine's text
  std::string_view message;  ///< what it means; empty: the engine's text stands
  std::string_view hint;
};

// The first sign that is found decides, so the specific ones stand before the general ones.
constexpr Rule rules[] = {
    {"could not select device driver", "no GPU is available on this node: the engine has no driver for GPU devices",
     "install the NVIDIA driver and nvidia-container-toolkit and restart the engine, or choose hardware without a GPU"},
    {"nvidia-container-cli", "", "the GPU driver of this node does not work: try `nvidia-smi` on the host"},
    {"Unknown runtime specified", "", "configure the runtime in /etc/docker/daemon.json, or leave it out"},
    {"no space left on device", "the disk of the engine is full",
     "free space with `docker system prune` or `docker builder prune`, then try again"},
    {"disk quota exceeded", "the disk quota of the engine is used up", "free space or raise the quota, then try again"},
    {"permission denied while trying to connect", "permission to use the engine's socket is denied",
     "run as root, or add your user to the group `docker` and log in again"},
    {"repository does not exist or may require 'docker login'", "",
     "check the name of the image; if it is private, configure the credentials of its registry"},
    {"pull access denied", "", "check the name of the image; if it is private, configure the credentials of its registry"},
    {"No such image", "", "build the Space first, or pull the image"},
    {"no such host", "", "the registry's name cannot be resolved: check the network, or import the base image on this node"},
    {"manifest unknown", "", "the registry has no such tag: check the version in the FROM line"},
    {"is already in use by container", "", "another container has this name: remove it or choose another name"},
    {"port is already allocated", "", "another program or container uses this port on the host"},
    // Every container of ours has an init, which is a program of the engine's and not of the image.
    {"exec: \"docker-init\": executable file not found", "the engine has no init program (docker-init) on its machine",
     "install it there: on Debian `apt install tini`, elsewhere it comes with the engine's own package"},
    {"executable file not found in $PATH", "", "the command of the image does not exist in it: check CMD and ENTRYPOINT"},
    {"exit code: 137", "", "the step was killed: most often because it needed more memory than there is"},
    {"exec format error", "", "the program is for another CPU, or a script lacks its #! line"},
    {"No command specified", "the image has no command to run", "add a CMD or ENTRYPOINT to the Dockerfile"},
    {"no such file or directory: unknown", "",
     "the command of the image or the interpreter of its script does not exist in it: check CMD and ENTRYPOINT"},
    {"permission denied: unknown", "", "user 1000 may not run the command: `chmod +x` it, or COPY it with --chown=user"},
    {"toomanyrequests", "", "the registry limits how much is pulled: wait, or configure credentials for it"},
    {"dockerfile parse error", "", "correct the Dockerfile"},
    {"Minimum memory limit", "", "give the Space more memory"},
};

}  // namespace

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  boost::throw_exception(std::logic_error("engine error not looked at: " + error.message), where);
}

Error translate(Error error) {
  for (const auto& rule : rules) {
    if (error.message.find(rule.sign) == std::string::npos) continue;
    if (!rule.message.empty()) error.message = std::string(rule.message) + " (" + error.message + ")";
    if (error.hint.empty()) error.hint = rule.hint;
    break;
  }
  return error;
}

}  // namespace runtime::engine
