#pragma once
// A known-latency server with TLS.

#include "tests/gateway/net/authority.hpp"
#include "tests/loadtest/drive/scene.hpp"

namespace loadtest::drive::test {

/// A server with a certificate for `names`, that the process trusts while this lives.
struct Secure {
  explicit Secure(const std::string& names, service::Settings how = {})
      : files(authority.issue("server", names)), serving(settings(std::move(how))) {
    ::setenv("SSL_CERT_FILE", files.certificate.c_str(), 1);
  }
  ~Secure() { ::unsetenv("SSL_CERT_FILE"); }
  service::Settings settings(service::Settings made) const {
    made.certificate = files.certificate;
    made.private_key = files.private_key;
    return made;
  }
  gw::net::test::Authority authority;
  gw::net::CertificateFiles files;
  Serving serving;
};

}  // namespace loadtest::drive::test
