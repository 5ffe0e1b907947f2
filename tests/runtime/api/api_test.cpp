#include "runtime/api/api.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>

#include "tests/gateway/net/loop.hpp"
#include "tests/runtime/engine/no_engine.hpp"
#include "tests/runtime/state/scratch_layout.hpp"

namespace runtime::api {
namespace {

namespace json = boost::json;
using gw::net::test::Peer;

constexpr const char* secret_value = "hunter2-is-never-said";

struct Answer {
  int status = 0;
  std::string text;  ///< the whole answer, as it came
  json::value body;
};

// The API over a socket pair, beside an engine that does not answer.
class ApiTest : public testing::Test {
 protected:
  void SetUp() override {
    bool begun = false;
    auto begin = [&]() -> gw::net::Task<> {
      co_await supervisor_.begin();
      begun = true;
    };
    loop_.worker.spawn(begin());
    ASSERT_TRUE(loop_.until([&] { return begun; }));
  }
  void TearDown() override {
    loop_.worker.spawn(supervisor_.stop(false));
    server_.stop();
    loop_.until([this] { return server_.connections() == 0; });
    ASSERT_TRUE(loop_.until([this] { return supervisor_.idle(); }));
  }

  Peer send(const std::string& raw, std::string who = "uid 0") {
    auto ends = gw::net::test::connected(loop_);
    gw::http::ConnectionInfo info;
    info.peer = std::move(who);
    server_.accept(std::move(ends.stream), std::move(info));
    for (std::size_t sent = 0; sent != raw.size() && !ends.peer.over();) {
      sent += ends.peer.send(std::string_view(raw).substr(sent));
      loop_.settle();
      ends.peer.pull();
    }
    return std::move(ends.peer);
  }

  static std::string request(const std::string& method, const std::string& target, const std::string& body = {}) {
    return method + " " + target +
           " HTTP/1.1\r\nhost: s\r\nconnection: close\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  Answer call(const std::string& method, const std::string& target, const std::string& body = {}, std::string who = "uid 0") {
    Peer peer = send(request(method, target, body), std::move(who));
    EXPECT_TRUE(loop_.until([&] {
      peer.pull();
      return peer.over();
    })) << peer.received;
    Answer answer;
    answer.text = peer.received;
    if (answer.text.size() > 12) answer.status = std::stoi(answer.text.substr(9, 3));
    const auto end = answer.text.find("\r\n\r\n");
    boost::system::error_code not_json;
    if (end != answer.text.npos) answer.body = json::parse(std::string_view(answer.text).substr(end + 4), not_json);
    return answer;
  }

  std::string problem(const Answer& answer, const char* key) {
    const auto* object = answer.body.if_object();
    const auto* found = object != nullptr ? object->if_contains(key) : nullptr;
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : "(none)";
  }

  /// A Space that waits to be built.
  void deploy() {
    const auto folder = temporary_.path() / "space";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "README.md") << "---\nsdk: docker\n---\n";
    std::ofstream(folder / "Dockerfile") << "FROM scratch\n";
    supervise::Wish wish;
    wish.id = "t/x";
    wish.folder = folder.string();
    wish.secrets.emplace_back("TOKEN", state::SecretValue(secret_value));
    wish.variables["COLOUR"] = "red";
    supervisor_.deploy(wish);
  }

  gw::net::test::Loop loop_;
  state::test::TemporaryFolder temporary_;
  state::Layout layout_ = state::test::layout_in(temporary_.path());
  state::SecretBox box_{layout_.key_file()};
  state::Database database_{layout_.database(), box_};
  config::NodeFile node_ = config::default_node_file();
  engine::test::NoEngine engine_;
  std::unique_ptr<supervise::EndpointProvider> endpoints_ = supervise::published_endpoints();
  supervise::GatewayClient gateway_{loop_.worker, (temporary_.path() / "nobody.sock").string()};
  supervise::Context context_{loop_.worker, engine_, database_, box_, node_, layout_, *endpoints_, gateway_};
  supervise::Supervisor supervisor_{context_};
  int stops_ = 0, rotations_ = 0;
  Api api_{supervisor_, []() -> gw::net::Task<json::array> { co_return json::array{}; }, [this] { ++stops_; },
           [this] { ++rotations_; }};
  gw::http::Server server_{loop_.worker, api_};
};

TEST_F(ApiTest, says_who_it_is_and_that_the_engine_is_gone) {
  const auto answer = call("GET", "/v1/status");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body.at("engine_answers"), false);
  EXPECT_EQ(problem(answer, "instance"), database_.instance());
  EXPECT_EQ(problem(answer, "endpoints"), "published");
}

TEST_F(ApiTest, lists_shows_and_forgets_nothing_of_a_space) {
  deploy();
  EXPECT_EQ(call("GET", "/v1/spaces").body.at(0).at("id"), "t/x");
  const auto shown = call("GET", "/v1/spaces/t/x");
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(problem(shown, "stage"), "BUILDING");
  EXPECT_EQ(problem(shown, "url"), "http://t-x.localhost:8080/");
}

TEST_F(ApiTest, what_is_not_there_is_a_problem_that_says_what_and_what_to_do) {
  for (const char* path : {"/", "/v1", "/v1/nothing", "/v2/spaces", "/v1/spaces/t/x/nothing", "/v1/spaces/t/x/logs/more"}) {
    const auto answer = call("GET", path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_NE(answer.text.find("application/problem+json"), std::string::npos) << answer.text;
    EXPECT_NE(problem(answer, "title").find(path), std::string::npos) << answer.text;
    EXPECT_NE(problem(answer, "next"), "") << answer.text;
  }
  EXPECT_EQ(problem(call("GET", "/v1/spaces/no/body"), "title"), "there is no Space `no/body`");
}

TEST_F(ApiTest, a_wrong_method_is_told_the_right_one) {
  deploy();
  const std::pair<const char*, const char*> wrong[] = {{"POST", "/v1/spaces"},          {"DELETE", "/v1/events"},
                                                       {"PUT", "/v1/spaces/t/x"},       {"GET", "/v1/spaces/t/x/pause"},
                                                       {"POST", "/v1/spaces/t/x/logs"}, {"DELETE", "/v1/spaces/t/x/secrets"}};
  for (const auto& [method, path] : wrong) {
    const auto answer = call(method, path);
    EXPECT_EQ(answer.status, 405) << method << " " << path;
    EXPECT_TRUE(problem(answer, "next").starts_with("use ")) << answer.text;
  }
  EXPECT_EQ(problem(call("GET", "/v1/spaces/t/x"), "stage"), "BUILDING") << "a wrong method changed something";
  const auto sleep = call("PATCH", "/v1/spaces/t/x/sleep");
  EXPECT_EQ(problem(sleep, "next"), "use GET, PUT or POST");
  EXPECT_NE(sleep.text.find("allow: GET, PUT, POST\r\n"), std::string::npos) << sleep.text;
  EXPECT_EQ(problem(call("GET", "/v1/spaces/t/x/variables/A"), "next"), "use DELETE");
  EXPECT_EQ(problem(call("PUT", "/v1/spaces/t/x"), "next"), "use GET or DELETE");
  EXPECT_EQ(call("GET", "/v1/nothing").text.find("allow:"), std::string::npos);
}

TEST_F(ApiTest, what_serve_does_itself_is_done_once_when_asked) {
  EXPECT_EQ(call("GET", "/v1/stop").status, 405);
  EXPECT_EQ(call("GET", "/v1/secrets/rotate-key").status, 405);
  EXPECT_EQ(stops_ + rotations_, 0);
  EXPECT_EQ(call("POST", "/v1/secrets/rotate-key").body, json::parse(R"({"rotated":true})"));
  EXPECT_EQ(rotations_, 1);
  EXPECT_EQ(call("POST", "/v1/stop").status, 200);
  EXPECT_EQ(stops_, 1);
}

TEST_F(ApiTest, of_a_space_that_is_not_there_nothing_is_said_or_kept) {
  const std::string there = "/v1/spaces/t/none";
  for (const char* what :
       {"", "/variables", "/secrets", "/hardware", "/sleep", "/replicas", "/events", "/deployments", "/logs", "/data"})
    EXPECT_EQ(problem(call("GET", there + what), "title"), "there is no Space `t/none`") << what;
  for (const char* what : {"/variables", "/secrets"}) {
    EXPECT_EQ(call("PUT", there + what, R"({"A": "b"})").status, 404) << what;
    EXPECT_EQ(problem(call("DELETE", there + what + "/A"), "title"), "there is no Space `t/none`") << what;
  }
  for (const char* what : {"/cancel", "/restart", "/wake", "/pause", "/rollback", "/sleep"})
    EXPECT_EQ(call("POST", there + what).status, 404) << what;
  EXPECT_EQ(call("DELETE", there).status, 404);
}

TEST_F(ApiTest, a_wrong_body_is_refused_and_changes_nothing) {
  deploy();
  for (const char* body : {"{", "[]", "7", R"({"A": 1})", R"({"bad name": "x"})", R"({"GOOD": "x", "BAD": []})"}) {
    EXPECT_EQ(call("PUT", "/v1/spaces/t/x/variables", body).status, 400) << body;
  }
  EXPECT_EQ(call("GET", "/v1/spaces/t/x/variables").body, json::parse(R"({"COLOUR":"red"})"));
  for (const char* body : {R"({"dir": 7})", R"({"variables": []})", R"({"secrets": {"A": 1}})"}) {
    EXPECT_EQ(call("POST", "/v1/spaces/t/y/deploy", body).status, 400) << body;
  }
  EXPECT_EQ(call("GET", "/v1/spaces/t/y").status, 404);
}

TEST_F(ApiTest, a_folder_that_cannot_be_used_is_told_where_and_what_to_do) {
  try {
    supervise::Wish wish;
    wish.id = "t/y";
    wish.folder = "/not/there";
    supervisor_.deploy(wish);
    FAIL() << "it was taken";
  } catch (const state::Trouble& trouble) {
    EXPECT_EQ(status_of(trouble.kind()), 400U);
    EXPECT_EQ(problem_of(trouble).at("where"), "/not/there");
    EXPECT_EQ(problem_of(trouble).at("next"), "give the folder of a Space");
  }
}

TEST_F(ApiTest, a_body_has_a_limit) {
  const std::string huge(5 << 20, ' ');
  const auto answer = call("PUT", "/v1/spaces/t/x/variables", huge);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(problem(answer, "title"), "the request is longer than 4 MiB");
}

TEST_F(ApiTest, data_that_is_not_there_is_neither_exported_nor_imported) {
  deploy();
  for (const auto& answer :
       {call("GET", "/v1/spaces/t/x/data"), call("PUT", "/v1/spaces/t/x/data", std::string(5 << 20, 'x'))}) {
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(problem(answer, "title"), "t/x has no /data");
    EXPECT_NE(problem(answer, "next"), "");
  }
  EXPECT_EQ(call("GET", "/v1/spaces/t/nobody/data").status, 404);
  EXPECT_EQ(call("POST", "/v1/spaces/t/x/data").status, 405);
}

TEST_F(ApiTest, an_export_is_asked_for_by_a_path_below_data) {
  deploy();
  for (const char* path : {"../x", "/etc", "a/../../x", "%2e%2e/x"}) {
    const auto answer = call("GET", std::string("/v1/spaces/t/x/data?path=") + path);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_NE(problem(answer, "title").find("--path"), std::string::npos) << answer.text;
  }
}

TEST_F(ApiTest, the_value_of_a_secret_never_comes_back) {
  deploy();
  const std::string body = std::string(R"({"OTHER": ")") + secret_value + "\"";
  for (const auto& answer :
       {call("GET", "/v1/spaces/t/x/secrets"), call("GET", "/v1/spaces/t/x"), call("GET", "/v1/spaces"),
        call("GET", "/v1/spaces/t/x/variables"), call("PUT", "/v1/spaces/t/x/secrets", body + "}"),
        call("PUT", "/v1/spaces/t/x/secrets", body), call("PUT", "/v1/spaces/t/x/secrets", body + ", \"A\": 1}"),
        call("DELETE", "/v1/spaces/t/x/secrets/NONE"), call("GET", "/v1/spaces/t/x/secrets/TOKEN"),
        call("GET", "/v1/spaces/t/x/secrets")}) {
    EXPECT_EQ(answer.text.find("hunter2"), std::string::npos) << answer.text;
  }
  EXPECT_EQ(call("GET", "/v1/spaces/t/x/secrets").body, json::parse(R"(["OTHER","TOKEN"])"));
}

TEST_F(ApiTest, whoever_is_neither_owner_nor_root_is_refused) {
  for (const char* who : {"uid 65534", "uid 00", "unknown", "unix", ""}) {
    const auto answer = call("GET", "/v1/status", {}, who);
    EXPECT_EQ(answer.status, 403) << who;
    EXPECT_NE(problem(answer, "next"), "") << answer.text;
  }
  EXPECT_EQ(call("GET", "/v1/status", {}, "uid " + std::to_string(::geteuid())).status, 200);
}

TEST_F(ApiTest, the_peer_is_who_the_kernel_says) {
  auto ends = gw::net::test::connected(loop_);
  EXPECT_EQ(peer_of(*ends.stream).peer, "uid " + std::to_string(::getuid()));
  auto tcp = gw::net::test::connected_by_tcp(loop_);
  EXPECT_NE(peer_of(*tcp.stream).peer, "uid " + std::to_string(::getuid())) << "nobody knows who is at the end of TCP";
}

TEST_F(ApiTest, events_begin_with_what_is_and_go_on_with_what_changes) {
  deploy();
  Peer peer = send(request("GET", "/v1/events"));
  const auto heard = [&](const std::string& text) {
    return loop_.until([&] {
      peer.pull();
      return peer.received.find(text) != std::string::npos;
    });
  };
  EXPECT_TRUE(heard(R"("space":"t/x","stage":"BUILDING")")) << peer.received;
  EXPECT_TRUE(heard("application/x-ndjson")) << peer.received;

  EXPECT_EQ(call("POST", "/v1/spaces/t/x/pause").status, 200);

  EXPECT_TRUE(heard(R"("stage":"PAUSED")")) << peer.received;
  EXPECT_FALSE(peer.over()) << "it never ends by itself";
}

TEST_F(ApiTest, something_new_without_an_engine_is_refused_at_once) {
  deploy();
  const std::string folder = context_.database.space("t/x")->source;
  const auto answer = call("POST", "/v1/spaces/t/new/deploy", R"({"dir": ")" + folder + "\"}");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(problem(answer, "title").find("no container engine"), std::string::npos) << answer.text;
  EXPECT_EQ(call("GET", "/v1/spaces/t/new").status, 404);
}

TEST_F(ApiTest, a_setting_changed_while_paused_leaves_it_paused) {
  deploy();
  call("POST", "/v1/spaces/t/x/pause");
  EXPECT_EQ(call("PUT", "/v1/spaces/t/x/variables", R"({"COLOUR": "blue"})").status, 200);
  EXPECT_EQ(problem(call("GET", "/v1/spaces/t/x"), "stage"), "PAUSED");
  EXPECT_EQ(database_.space("t/x")->desired, state::Desired::paused);
}

}  // namespace
}  // namespace runtime::api
