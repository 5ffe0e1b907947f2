#include "gateway/net/ticket_keys.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace gw::net {

TicketKeys::Key::~Key() {
  OPENSSL_cleanse(cipher.data(), cipher.size());
  OPENSSL_cleanse(mac.data(), mac.size());
}

bool TicketKeys::make_current() noexcept {
  return RAND_bytes(current_.name.data(), static_cast<int>(current_.name.size())) == 1 &&
         RAND_priv_bytes(current_.cipher.data(), static_cast<int>(current_.cipher.size())) == 1 &&
         RAND_priv_bytes(current_.mac.data(), static_cast<int>(current_.mac.size())) == 1;
}

std::shared_ptr<const TicketKeys> TicketKeys::fresh() {
  const std::shared_ptr<TicketKeys> made(new TicketKeys);
  return made->make_current() ? made : nullptr;
}

std::shared_ptr<const TicketKeys> TicketKeys::rotated() const {
  const std::shared_ptr<TicketKeys> made(new TicketKeys);
  made->previous_ = current_;
  made->has_previous_ = true;
  return made->make_current() ? made : nullptr;
}

const TicketKeys::Key* TicketKeys::find(std::span<const unsigned char, name_bytes> name) const noexcept {
  if (std::equal(name.begin(), name.end(), current_.name.begin())) return &current_;
  if (has_previous_ && std::equal(name.begin(), name.end(), previous_.name.begin())) return &previous_;
  return nullptr;
}

}  // namespace gw::net
