// Certificates of clients, and what a listener demands of TLS itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/net/tls_context.hpp"
#include "tests/gateway/net/authority.hpp"
#include "tests/gateway/net/loop.hpp"
#include "tests/gateway/net/tls_peer.hpp"

namespace gw::net {
namespace {

using test::Authority;
using test::Loop;
using test::TlsPeer;

struct Scene {
  bool handshake(const TlsSettings& settings, const std::function<void(TlsPeer&)>& prepare = {}) {
    std::vector<std::string> problems;
    const auto context = TlsContext::load(settings, test::read_file, problems);
    EXPECT_TRUE(context) << (problems.empty() ? "" : problems.front());
    ends = test::connected(loop);
    TlsPeer peer(ends.peer.descriptor());
    if (prepare) prepare(peer);
    std::optional<Result<void>> result;
    auto accept = [&]() -> Task<> { result = co_await ends.stream->handshake(context->initial()); };
    loop.worker.spawn(accept());
    EXPECT_TRUE(loop.until([&] { return (peer.done || peer.failed || peer.step()) && result.has_value(); }));
    return result->has_value();
  }
  TlsSettings asking(ClientCertificate wanted) const {
    TlsSettings settings;
    settings.certificates = {own};
    settings.client_certificate = wanted;
    settings.client_ca = client.certificate;
    return settings;
  }
  std::string told() const { return ends.stream->tls()->client_certificate(); }

  Authority authority;
  Loop loop;
  test::Ends ends = test::connected(loop);
  CertificateFiles own = authority.issue("own", "DNS:own.test");
  CertificateFiles client = authority.issue("a \"b\", c=\xc3\xa4\n", "DNS:client");
  CertificateFiles stranger = authority.issue("stranger", "DNS:client");
};

TEST(ClientCertificates, one_that_is_required_is_required) {
  Scene scene;
  EXPECT_FALSE(scene.handshake(scene.asking(ClientCertificate::require)));
  EXPECT_FALSE(scene.handshake(scene.asking(ClientCertificate::require), [&](auto& peer) { peer.show(scene.stranger); }));
  EXPECT_TRUE(scene.handshake(scene.asking(ClientCertificate::require), [&](auto& peer) { peer.show(scene.client); }));
}

TEST(ClientCertificates, one_that_is_asked_for_may_be_missing_but_not_bad) {
  Scene scene;
  EXPECT_TRUE(scene.handshake(scene.asking(ClientCertificate::request)));
  EXPECT_EQ("", scene.told());
  EXPECT_FALSE(scene.handshake(scene.asking(ClientCertificate::request), [&](auto& peer) { peer.show(scene.stranger); }));
  EXPECT_TRUE(scene.handshake(scene.asking(ClientCertificate::request), [&](auto& peer) { peer.show(scene.client); }));
  EXPECT_NE("", scene.told());
}

TEST(ClientCertificates, one_that_nobody_asked_for_is_not_told) {
  Scene scene;
  EXPECT_TRUE(scene.handshake(scene.asking(ClientCertificate::none), [&](auto& peer) { peer.show(scene.stranger); }));
  EXPECT_EQ("", scene.told());
}

TEST(ClientCertificates, a_subject_is_told_so_that_nothing_in_it_can_end_it) {
  Scene scene;
  EXPECT_TRUE(scene.handshake(scene.asking(ClientCertificate::require), [&](auto& peer) { peer.show(scene.client); }));
  const auto told = scene.told();
  EXPECT_THAT(told, testing::StartsWith("Hash="));
  EXPECT_EQ(R"(;Subject="CN=a \"b\"\, c=\C3\A4\0A")", told.substr(5 + 64));
}

TEST(ClientCertificates, a_subject_that_is_too_long_for_a_field_is_left_out) {
  Scene scene;
  scene.client = scene.authority.issue("many", "DNS:client", 3600, 20);
  EXPECT_TRUE(scene.handshake(scene.asking(ClientCertificate::require), [&](auto& peer) { peer.show(scene.client); }));
  EXPECT_EQ(5U + 64, scene.told().size()) << scene.told();
}

TEST(ClientCertificates, authorities_that_cannot_be_used_are_named) {
  Scene scene;
  for (const std::string& file : {std::string("/nonexistent.pem"), scene.own.private_key}) {
    auto settings = scene.asking(ClientCertificate::require);
    settings.client_ca = file;
    std::vector<std::string> problems;
    EXPECT_FALSE(TlsContext::load(settings, test::read_file, problems));
    ASSERT_EQ(1U, problems.size());
    EXPECT_THAT(problems[0], testing::HasSubstr(file));
  }
}

TEST(Rule74, a_listener_may_demand_tls_1_3) {
  Scene scene;
  auto settings = scene.asking(ClientCertificate::none);
  EXPECT_TRUE(scene.handshake(settings, [](auto& peer) { peer.only(TLS1_2_VERSION); }));
  settings.only_tls_1_3 = true;
  EXPECT_FALSE(scene.handshake(settings, [](auto& peer) { peer.only(TLS1_2_VERSION); }));
  EXPECT_TRUE(scene.handshake(settings));
}

TEST(Rule74, slow_groups_are_not_offered) {
  Scene scene;
  const auto settings = scene.asking(ClientCertificate::none);
  for (const char* good : {"X25519", "P-256", "P-384"})
    EXPECT_TRUE(scene.handshake(settings, [&](auto& peer) { peer.groups(good); })) << good;
  for (const char* bad : {"P-521", "X448", "ffdhe2048"})
    EXPECT_FALSE(scene.handshake(settings, [&](auto& peer) { peer.groups(bad); })) << bad;
}

}  // namespace
}  // namespace gw::net
