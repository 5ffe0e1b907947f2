#pragma once
// Where everything of one instance lies, and the lock that keeps two `serve` from using it at once.

#include <filesystem>
#include <optional>
#include <string>

namespace runtime::state {

/// The places of one instance. Pure data: nothing is created by computing it.
struct Layout {
  std::filesystem::path state;        ///< state.db, secrets.key, logs/
  std::filesystem::path run;          ///< the sockets and the generated gateway file
  std::filesystem::path config_file;  ///< spaceport.yaml; need not exist

  std::filesystem::path database() const { return state / "state.db"; }
  std::filesystem::path key_file() const { return state / "secrets.key"; }
  std::filesystem::path lock_file() const { return state / "serve.lock"; }
  std::filesystem::path logs() const { return state / "logs"; }
  std::filesystem::path api_socket() const { return run / "api.sock"; }
  std::filesystem::path gateway_socket() const { return run / "gateway.sock"; }
  std::filesystem::path dialer_socket() const { return run / "dialer.sock"; }
  std::filesystem::path registrar_socket() const { return run / "dialer-registrar.sock"; }
  std::filesystem::path gateway_file() const { return run / "gateway.yaml"; }
};

/// What of the environment decides the layout; a parameter so that tests need not change the process.
struct Surroundings {
  bool root = false;
  std::string home;
  std::string xdg_state_home;   ///< XDG_STATE_HOME
  std::string xdg_config_home;  ///< XDG_CONFIG_HOME
  std::string xdg_runtime_dir;  ///< XDG_RUNTIME_DIR
};
Surroundings surroundings();

/// `--state DIR` moves everything, sockets too; otherwise root gets the system folders and others the XDG ones.
Layout layout(const std::optional<std::filesystem::path>& state_option, const Surroundings&);

/// The folders made and the lock held, until destroyed.
class StateFolder {
 public:
  /// Creates what is missing (0700; the run folder 0711, because the gateway reaches its sockets as another user) and
  /// takes the lock. Throws Trouble when another `serve` holds it or a folder cannot be made.
  explicit StateFolder(Layout layout);
  ~StateFolder();
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;

  const Layout& layout() const noexcept { return layout_; }

 private:
  Layout layout_;
  int lock_ = -1;
};

}  // namespace runtime::state
