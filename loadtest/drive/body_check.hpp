#pragma once
// Is an answer's body the one that was expected? A tool that does not look measures error pages.

#include <openssl/evp.h>

#include <memory>
#include <span>
#include <string>

#include "loadtest/plan/settings.hpp"

namespace loadtest::drive {

class BodyCheck {
 public:
  /// `expect` must outlive it.
  explicit BodyCheck(const plan::Expectation& expect);
  /// Forgets what came: another body begins.
  void begin();
  void add(std::span<const char> data);
  /// Was all of that what is expected? Once behind each body.
  bool good() noexcept;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };

  const plan::Expectation& expect_;
  std::uint64_t bytes_ = 0;
  std::string tail_;  ///< of what came, as much as the text that is looked for may begin in
  bool found_ = false;
  std::unique_ptr<EVP_MD_CTX, Free> digest_;
};

}  // namespace loadtest::drive
