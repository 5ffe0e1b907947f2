#pragma once
// Certificates for tests.

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

#include "gateway/net/tls_settings.hpp"

namespace gw::net::test {

/// A FileReader that reads.
inline std::optional<std::string> read_file(const std::string& path, std::string& problem) {
  std::ifstream in(path, std::ios::binary);
  if (in) return std::string(std::istreambuf_iterator<char>(in), {});
  problem = "cannot read " + path;
  return std::nullopt;
}

/// Makes self-signed certificates in a folder of its own.
class Authority {
 public:
  Authority() {
    char name[] = "/tmp/spaceport-tls-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~Authority() { std::filesystem::remove_all(folder_); }

  /// `names` as OpenSSL writes them: "DNS:a.test,DNS:*.b.test"; `units` make the subject long.
  CertificateFiles issue(const std::string& file, const std::string& names, long seconds = 3600, int units = 0) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, key);
    auto* subject = X509_get_subject_name(certificate);
    const auto* common = reinterpret_cast<const unsigned char*>(file.c_str());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, common, -1, -1, 0);
    const std::string unit(64, 'u');
    for (int i = 0; i != units; ++i)
      X509_NAME_add_entry_by_txt(subject, "OU", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(unit.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate, key, EVP_sha256());
    CertificateFiles files{folder_ + "/" + file + ".pem", folder_ + "/" + file + ".key"};
    write(files.certificate, [&](FILE* out) { PEM_write_X509(out, certificate); });
    write(files.private_key, [&](FILE* out) { PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return files;
  }

 private:
  static void write(const std::string& path, const std::function<void(FILE*)>& content) {
    FILE* out = std::fopen(path.c_str(), "w");
    content(out);
    std::fclose(out);
  }
  std::string folder_;
  long serial_ = 0;
};

}  // namespace gw::net::test
