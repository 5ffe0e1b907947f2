#include "loadtest/drive/body_check.hpp"

#include <array>

namespace loadtest::drive {

BodyCheck::BodyCheck(const plan::Expectation& expect) : expect_(expect) {
  if (!expect.sha256.empty()) digest_.reset(EVP_MD_CTX_new());
  begin();
}

void BodyCheck::begin() {
  bytes_ = 0;
  tail_.clear();
  found_ = expect_.contains.empty();
  if (digest_) EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr);
}

void BodyCheck::add(std::span<const char> data) {
  bytes_ += data.size();
  if (digest_) EVP_DigestUpdate(digest_.get(), data.data(), data.size());
  if (found_) return;
  // The text may lie across two pieces: what it could have begun in is kept.
  tail_.append(data.data(), data.size());
  found_ = tail_.find(expect_.contains) != std::string::npos;
  const std::size_t keep = expect_.contains.size() - 1;
  if (tail_.size() > keep) tail_.erase(0, tail_.size() - keep);
}

bool BodyCheck::good() noexcept {
  if (expect_.bytes && *expect_.bytes != bytes_) return false;
  if (!found_) return false;
  if (!digest_) return true;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(digest_.get(), digest.data(), &size);
  if (expect_.sha256.size() != 2 * std::size_t{size}) return false;
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned i = 0; i != size; ++i)
    if (expect_.sha256[2 * i] != digits[digest[i] >> 4] || expect_.sha256[2 * i + 1] != digits[digest[i] & 15]) return false;
  return true;
}

}  // namespace loadtest::drive
