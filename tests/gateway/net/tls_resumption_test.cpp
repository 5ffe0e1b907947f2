// Session tickets: who may go on with which session, on which worker, and for how long.

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
using Session = TlsPeer::Session;

/// What one connection came to.
struct Connected {
  bool good = false;
  bool resumed = false;
  Session session;  ///< for the next one
};

/// One client in one version of TLS, and the listeners that it may meet.
struct Scene : testing::TestWithParam<int> {
  Scene() { worker.worker.use(keys); }

  std::shared_ptr<TlsContext> listener(TlsSettings settings = {}) {
    if (settings.certificates.empty()) settings.certificates = {first, second};
    std::vector<std::string> problems;
    auto made = TlsContext::load(settings, test::read_file, problems);
    EXPECT_TRUE(made) << (problems.empty() ? "" : problems.front());
    return made;
  }
  std::shared_ptr<TlsContext> asking_listener(ClientCertificate wanted = ClientCertificate::request) {
    TlsSettings settings;
    settings.client_certificate = wanted;
    settings.client_ca = client.certificate;
    return listener(settings);
  }

  Connected connect(Loop& at, TlsContext& context, const char* name, const Session& session = {},
                    const CertificateFiles* own = nullptr) const {
    auto ends = test::connected(at);
    TlsPeer peer(ends.peer.descriptor());
    peer.only(GetParam());
    peer.name(name);
    if (own != nullptr) peer.show(*own);
    if (session) peer.resume(session);
    std::optional<Result<void>> result;
    auto accept = [&]() -> Task<> { result = co_await ends.stream->handshake(context.initial()); };
    at.worker.spawn(accept());
    EXPECT_TRUE(at.until([&] { return (peer.done || peer.failed || peer.step()) && result.has_value(); }));
    // In TLS 1.3 the tickets come behind the handshake.
    peer.pull();
    // OpenSSL gives up the session of a client that leaves without a word.
    peer.finish();
    return {peer.done && *result, peer.resumed(), peer.ticket()};
  }

  Authority authority;
  const CertificateFiles first = authority.issue("first", "DNS:first.test");
  const CertificateFiles second = authority.issue("second", "DNS:second.test");
  const CertificateFiles client = authority.issue("client", "DNS:client");
  std::shared_ptr<const TicketKeys> keys = TicketKeys::fresh();
  Loop worker;
};

using Tickets = Scene;
using Sessions = Scene;
INSTANTIATE_TEST_SUITE_P(Version, Tickets, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));
INSTANTIATE_TEST_SUITE_P(Rule59, Sessions, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_P(Tickets, a_session_goes_on_at_another_worker_and_after_a_reload) {
  Loop other;
  other.worker.use(keys);
  const auto before = connect(worker, *listener(), "first.test");
  ASSERT_TRUE(before.good && before.session);
  EXPECT_FALSE(before.resumed);
  // A context of its own, as after a reload.
  const auto after = connect(other, *listener(), "first.test", before.session);
  EXPECT_TRUE(after.good);
  EXPECT_TRUE(after.resumed);
}

TEST_P(Tickets, a_worker_without_keys_gives_none_and_takes_none) {
  Loop bare;
  const auto context = listener();
  EXPECT_FALSE(connect(bare, *context, "first.test").session);
  const auto session = connect(worker, *context, "first.test").session;
  const auto there = connect(bare, *context, "first.test", session);
  EXPECT_TRUE(there.good);
  EXPECT_FALSE(there.resumed);
}

TEST_P(Tickets, after_one_rotation_a_session_goes_on_and_gets_a_ticket_of_the_new_key) {
  const auto context = listener();
  const auto before = connect(worker, *context, "first.test").session;
  const auto next = keys->rotated();
  worker.worker.use(next);
  const auto renewed = connect(worker, *context, "first.test", before);
  EXPECT_TRUE(renewed.resumed);
  ASSERT_TRUE(renewed.session);
  // The old key is gone with the next rotation; who came in between notices nothing.
  worker.worker.use(next->rotated());
  EXPECT_TRUE(connect(worker, *context, "first.test", renewed.session).resumed);
}

TEST_P(Tickets, after_two_rotations_a_ticket_is_void) {
  const auto context = listener();
  const auto before = connect(worker, *context, "first.test").session;
  worker.worker.use(keys->rotated()->rotated());
  const auto late = connect(worker, *context, "first.test", before);
  EXPECT_TRUE(late.good);
  EXPECT_FALSE(late.resumed);
}

TEST_P(Tickets, a_ticket_of_other_keys_is_void) {
  const auto context = listener();
  const auto session = connect(worker, *context, "first.test").session;
  const auto others = TicketKeys::fresh();
  Loop elsewhere;
  elsewhere.worker.use(others);
  const auto there = connect(elsewhere, *context, "first.test", session);
  EXPECT_TRUE(there.good);
  EXPECT_FALSE(there.resumed);
}

// nginx CVE-2025-23419: OpenSSL compares policies before it tells of the name.
TEST_P(Sessions, a_session_of_one_certificate_does_not_go_on_under_another) {
  const auto context = listener();
  for (const auto& [from, to] : {std::pair("first.test", "second.test"), std::pair("second.test", "first.test")}) {
    const auto session = connect(worker, *context, from).session;
    const auto there = connect(worker, *context, to, session);
    EXPECT_TRUE(there.good);
    EXPECT_FALSE(there.resumed) << from;
    EXPECT_TRUE(connect(worker, *context, from, session).resumed);
  }
}

TEST_P(Sessions, a_session_without_a_certificate_does_not_go_on_where_one_is_asked_for) {
  const auto open = connect(worker, *listener(), "first.test").session;
  const auto asked = connect(worker, *asking_listener(), "first.test").session;
  ASSERT_TRUE(open && asked);
  EXPECT_FALSE(connect(worker, *asking_listener(ClientCertificate::require), "first.test", open).good);
  EXPECT_FALSE(connect(worker, *asking_listener(ClientCertificate::require), "first.test", asked).good);
  EXPECT_FALSE(connect(worker, *asking_listener(), "first.test", open).resumed);
}

TEST_P(Sessions, a_session_does_not_go_on_under_other_authorities) {
  const auto session = connect(worker, *asking_listener(), "first.test", {}, &client).session;
  ASSERT_TRUE(session);
  TlsSettings settings;
  settings.client_certificate = ClientCertificate::request;
  settings.client_ca = authority.issue("others", "DNS:others").certificate;
  EXPECT_FALSE(connect(worker, *listener(settings), "first.test", session).resumed);
}

TEST_P(Sessions, a_session_ends_with_the_certificate_of_its_client) {
  const auto brief = authority.issue("brief", "DNS:brief", 2);
  TlsSettings settings;
  settings.client_certificate = ClientCertificate::require;
  settings.client_ca = brief.certificate;
  const auto context = listener(settings);
  const auto session = connect(worker, *context, "first.test", {}, &brief).session;
  ASSERT_TRUE(session);
  EXPECT_TRUE(connect(worker, *context, "first.test", session, &brief).resumed);
  const auto end = Clock::now() + std::chrono::milliseconds(3'100);
  EXPECT_TRUE(worker.until([&] { return Clock::now() >= end; }));
  EXPECT_FALSE(connect(worker, *context, "first.test", session, &brief).good);
}

}  // namespace
}  // namespace gw::net
