#include "gateway/http/message.hpp"

namespace gw::http {

// Member by member: a fresh object would give the strings' and the fields' memory back.
void RequestHead::clear() noexcept {
  method.clear();
  authority.clear();
  path.clear();
  query.clear();
  fields.clear();
  body = {};
  tunnel = Tunnel::none;
  protocol.clear();
  expects_continue = false;
  trailers_welcome = false;
  http_1_0 = false;
}

void ResponseHead::clear() noexcept {
  status = 0;
  fields.clear();
  body = {};
  tunnel = Tunnel::none;
  protocol.clear();
  stated_length = 0;
  length_stated = false;
}

}  // namespace gw::http
