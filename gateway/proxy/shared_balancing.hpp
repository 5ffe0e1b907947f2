#pragma once
// How the requests of a route are spread, kept once for all routes that say nothing of it: 30,000 copies take 6 MB.

#include <memory>
#include <utility>

#include "config/balancing.hpp"

namespace gw::proxy {

/// An immutable config::Balancing.
class SharedBalancing {
 public:
  SharedBalancing() noexcept = default;
  SharedBalancing(config::Balancing value) {  // NOLINT(google-explicit-constructor): it is one
    if (!(value == standard())) value_ = std::make_shared<const config::Balancing>(std::move(value));
  }

  const config::Balancing& operator*() const noexcept { return value_ ? *value_ : standard(); }
  const config::Balancing* operator->() const noexcept { return &**this; }
  friend bool operator==(const SharedBalancing& a, const SharedBalancing& b) { return a.value_ == b.value_ || *a == *b; }

 private:
  static const config::Balancing& standard() noexcept {
    static const config::Balancing value;
    return value;
  }
  std::shared_ptr<const config::Balancing> value_;  ///< null: the standard
};

}  // namespace gw::proxy
