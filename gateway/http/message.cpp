#include "gateway/http/message.hpp"

namespace gw::http {

std::string_view name(Version version) noexcept {
  switch (version) {
    case Version::http_1_0:
      return "http/1.0";
    case Version::http_1_1:
      return "http/1.1";
    case Version::http_2:
      break;
  }
  return "http/2";
}

std::string_view number(Version version) noexcept {
  switch (version) {
    case Version::http_1_0:
      return "1.0";
    case Version::http_1_1:
      return "1.1";
    case Version::http_2:
      break;
  }
  return "2.0";
}

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
  version = Version::http_1_1;
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
