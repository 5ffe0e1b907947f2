#pragma once
// Idle connections to upstreams, kept for the next request. One pool a worker. A connection belongs to its endpoint's
// text, which for a container holds id and start generation: the pool of one container can never serve another that was
// given its address. Lives on its worker's thread.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/http/client.hpp"
#include "gateway/net/deadline.hpp"

namespace gw::proxy {

class Pool {
 public:
  /// With 256, what 5,000 clients ask opened most connections anew (a quarter of their CPU time). The time that
  /// each is kept bounds what they cost.
  static constexpr std::size_t kept_per_endpoint = 1024;

  /// Beyond `most_kept` for an endpoint a connection is closed instead of kept.
  explicit Pool(std::size_t most_kept = kept_per_endpoint);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// How sure a caller must be that a connection is still good.
  enum class Certainty : std::uint8_t {
    loop,    ///< as far as the loop has seen: for requests that may be sent again
    kernel,  ///< asks the kernel too, a system call: for all others
  };

  /// The connection to `endpoint` that was used last; null when there is none. One on which anything arrived while it was
  /// idle is gone already: bytes nobody asked for must never answer the next request (rule 41).
  std::unique_ptr<http::ClientConnection> take(std::string_view endpoint, Certainty certainty);

  /// Keeps a reusable connection for at most `idle`.
  void keep(std::string_view endpoint, std::unique_ptr<http::ClientConnection> connection, net::Duration idle);

  /// Closes what is kept for an endpoint that is no longer in force.
  void drop(std::string_view endpoint);
  void clear();
  std::size_t size() const noexcept { return size_; }

 private:
  class Kept;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using Shelf = std::vector<std::unique_ptr<Kept>>;

  void remove(Kept& kept);

  std::unordered_map<std::string, Shelf, Hash, std::equal_to<>> shelves_;
  std::vector<std::unique_ptr<Kept>> spare_;  ///< emptied shells, so that keeping a connection allocates nothing
  std::size_t most_kept_;
  std::size_t size_ = 0;
};

}  // namespace gw::proxy
