#include "config/front_matter.hpp"

#include <gmock/gmock.h>

#include "tests/config/texts.hpp"

namespace config {
namespace {

using config_test::texts;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> problems_of(const std::string& readme) {
  return texts(read_front_matter(readme, "README.md").problems);
}

/// Lines given here begin on line 3.
std::string card(const std::string& lines) { return "---\nsdk: docker\n" + lines + "---\n# Text\n"; }

TEST(FrontMatter, every_key_is_read) {
  const auto result = read_front_matter(card(R"(title: Demo
emoji: 🚀
colorFrom: red
colorTo: gray
sdk_version: 4.10
python_version: 3.10
app_file: app.py
app_build_command: npm run build
app_port: 8080
base_path: /docs
fullWidth: false
header: mini
short_description: A demo
thumbnail: https://example.com/a.png
pinned: true
models: [gpt2, a/b]
datasets: [c/d]
tags: [x, y]
license: other
license_name: mine
license_link: LICENSE
duplicated_from: a/c
suggested_hardware: t4-small
suggested_storage: small
hf_oauth: true
hf_oauth_scopes: [email, write-repos]
hf_oauth_expiration_minutes: 43200
hf_oauth_authorized_org: acme
hf_oauth_redirect_path: /cb
disable_embedding: true
startup_duration_timeout: 1h
custom_headers: {cross-origin-embedder-policy: require-corp}
preload_from_hub:
  - gpt2
  - a/b f1,f2 0123456789012345678901234567890123456789
metaTitle: M
description: D
dev-mode-folder: /app
routes:
  - {path: /api/, port: 80, strip_prefix: true}
expose: [9200]
)"),
                                        "README.md");

  EXPECT_THAT(texts(result.problems), IsEmpty());
  SpaceCard expected;
  expected.sdk = "docker";
  expected.title = "Demo";
  expected.emoji = "🚀";
  expected.color_from = "red";
  expected.color_to = "gray";
  expected.sdk_version = "4.10";
  expected.python_version = "3.10";
  expected.app_file = "app.py";
  expected.app_build_command = "npm run build";
  expected.app_port = 8080;
  expected.base_path = "/docs";
  expected.full_width = false;
  expected.header = "mini";
  expected.short_description = "A demo";
  expected.thumbnail = "https://example.com/a.png";
  expected.pinned = true;
  expected.models = {"gpt2", "a/b"};
  expected.datasets = {"c/d"};
  expected.tags = {"x", "y"};
  expected.licenses = {"other"};
  expected.license_name = "mine";
  expected.license_link = "LICENSE";
  expected.duplicated_from = "a/c";
  expected.suggested_hardware = "t4-small";
  expected.suggested_storage = "small";
  expected.oauth = {true, {"email", "write-repos"}, std::chrono::minutes(43200), {"acme"}, "/cb"};
  expected.disable_embedding = true;
  expected.startup_duration_timeout = std::chrono::hours(1);
  expected.custom_headers = {{"cross-origin-embedder-policy", "require-corp"}};
  expected.preload_from_hub = {{"gpt2", {}, ""}, {"a/b", {"f1", "f2"}, "0123456789012345678901234567890123456789"}};
  expected.meta_title = "M";
  expected.description = "D";
  expected.dev_mode_folder = "/app";
  expected.routes = {{"/api", 80, true, 42}};
  expected.expose = {9200};
  EXPECT_EQ(result.value, expected);
}

TEST(FrontMatter, defaults_are_the_hub_s) {
  const auto result = read_front_matter(card(""), "README.md");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  EXPECT_EQ(result.value.app_port, 7860);
  EXPECT_EQ(result.value.base_path, "/");
  EXPECT_EQ(result.value.startup_duration_timeout, std::chrono::minutes(30));
  EXPECT_EQ(result.value.oauth.expiration, std::chrono::minutes(480));
}

TEST(FrontMatter, must_be_the_very_first_thing) {
  const auto missing = StartsWith("README.md:1:1: Missing configuration in README: ");
  EXPECT_THAT(problems_of(""), ElementsAre(missing));
  EXPECT_THAT(problems_of("# Demo\n"), ElementsAre(missing));
  EXPECT_THAT(problems_of("\n---\nsdk: docker\n---\n"), ElementsAre(missing));
  EXPECT_THAT(problems_of("title: x\nsdk: docker\n---\n"), ElementsAre(missing));
  EXPECT_THAT(problems_of("---\n---\n"), ElementsAre(missing));
  EXPECT_THAT(problems_of("---\ntitle: x\n---\n"), ElementsAre(missing));
  EXPECT_THAT(problems_of("\xEF\xBB\xBF---\nsdk: docker\n---\n"), ElementsAre(HasSubstr("byte order mark")));
  EXPECT_THAT(problems_of("---\nsdk: docker\n"), ElementsAre(HasSubstr("no closing \"---\"")));
}

TEST(FrontMatter, line_ends_may_be_crlf_and_the_text_below_is_not_looked_at) {
  EXPECT_THAT(problems_of("---\r\nsdk: docker\r\napp_port: 80\r\n---\r\n\xFF\x04"),
              ElementsAre("README.md:3:11: \"app_port\" must be greater than or equal to 1025"));
  EXPECT_THAT(problems_of("---\nsdk: docker\n---"), IsEmpty());
}

TEST(FrontMatter, another_sdk_is_a_clear_error) {
  EXPECT_THAT(problems_of("---\nsdk: gradio\n---\n"), ElementsAre(AllOf(StartsWith("README.md:2:6: \"sdk\" is gradio"),
                                                                        HasSubstr("sdk: docker"), HasSubstr("Dockerfile"))));
  EXPECT_THAT(problems_of("---\nsdk: dokcer\n---\n"),
              ElementsAre("README.md:2:6: \"sdk\" must be one of [docker]; did you mean \"docker\"?"));
}

TEST(FrontMatter, messages_are_the_hub_s) {
  EXPECT_THAT(
      problems_of(card("colorFrom: orange\n")),
      ElementsAre("README.md:3:12: \"colorFrom\" must be one of [red, yellow, green, blue, indigo, purple, pink, gray]"));
  EXPECT_THAT(problems_of(card("colorTo: bleu\n")), ElementsAre(HasSubstr("did you mean \"blue\"?")));
  EXPECT_THAT(problems_of(card("short_description: " + std::string(61, 'x') + "\n")),
              ElementsAre("README.md:3:20: \"short_description\" length must be less than or equal to 60 characters long"));
  std::string sixty;
  for (int i = 0; i < 60; ++i) sixty += "é";
  EXPECT_THAT(problems_of(card("short_description: " + sixty + "\n")), IsEmpty());
  EXPECT_THAT(problems_of(card("app_port: 1024\n")),
              ElementsAre("README.md:3:11: \"app_port\" must be greater than or equal to 1025"));
  EXPECT_THAT(problems_of(card("app_port: 65536\n")),
              ElementsAre("README.md:3:11: \"app_port\" must be less than or equal to 65535"));
  EXPECT_THAT(problems_of(card("app_port: web\n")), ElementsAre("README.md:3:11: \"app_port\" must be a number"));
  EXPECT_THAT(problems_of(card("pinned: maybe\n")), ElementsAre("README.md:3:9: \"pinned\" must be a boolean"));
  EXPECT_THAT(problems_of(card("title: [a]\n")), ElementsAre("README.md:3:8: \"title\" must be a string"));
  EXPECT_THAT(problems_of(card("tags: a\n")), ElementsAre("README.md:3:7: \"tags\" must be an array"));
}

TEST(FrontMatter, each_key_has_its_rule) {
  EXPECT_THAT(problems_of(card("emoji: ':rocket:'\n")), ElementsAre(HasSubstr("\"emoji\" must be an emoji")));
  EXPECT_THAT(problems_of(card("emoji: é\n")), ElementsAre(HasSubstr("\"emoji\" must be an emoji")));
  EXPECT_THAT(problems_of(card("emoji: 1\n")), ElementsAre(HasSubstr("\"emoji\" must be an emoji")));
  for (const char* emoji : {"1️⃣", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "©️"})
    EXPECT_THAT(problems_of(card("emoji: " + std::string(emoji) + "\n")), IsEmpty()) << emoji;
  EXPECT_THAT(problems_of(card("header: big\n")), ElementsAre(HasSubstr("one of [mini, default]")));
  EXPECT_THAT(problems_of(card("base_path: docs\n")), ElementsAre(HasSubstr("must start with \"/\"")));
  for (const char* path : {"/a b", "'/a\tb'", "/é"})
    EXPECT_THAT(problems_of(card("base_path: " + std::string(path) + "\n")), ElementsAre(HasSubstr("hold no spaces"))) << path;
  EXPECT_THAT(problems_of(card("app_port: 1024\n")), ElementsAre(HasSubstr("greater than or equal to 1025")));
  EXPECT_THAT(problems_of(card("app_port: 1025\n")), IsEmpty());
  EXPECT_THAT(problems_of(card("thumbnail: a.png\n")), ElementsAre(HasSubstr("warning: \"thumbnail\" must be a valid uri")));
  EXPECT_THAT(problems_of(card("python_version: 2.7\n")), ElementsAre(HasSubstr("must be 3.x or 3.x.x")));
  EXPECT_THAT(problems_of(card("models: [a/b/c]\n")), ElementsAre(HasSubstr("\"models[0]\" must be a repository id")));
  EXPECT_THAT(problems_of(card("suggested_storage: huge\n")), ElementsAre(HasSubstr("one of [small, medium, large]")));
  EXPECT_THAT(problems_of(card("hf_oauth_scopes: [root]\n")),
              ElementsAre(HasSubstr("\"hf_oauth_scopes[0]\" must be one of [")));
  EXPECT_THAT(problems_of(card("hf_oauth_expiration_minutes: 43201\n")), ElementsAre(HasSubstr("less than or equal to 43200")));
  EXPECT_THAT(problems_of(card("startup_duration_timeout: soon\n")), ElementsAre(HasSubstr("must be a duration")));
  EXPECT_THAT(problems_of(card("startup_duration_timeout: 0s\n")), ElementsAre(HasSubstr("greater than 0")));
  EXPECT_THAT(problems_of(card("preload_from_hub: [\"a/b f1 abc\"]\n")), ElementsAre(HasSubstr("40 hex digits")));
  EXPECT_THAT(problems_of(card("preload_from_hub: [\"a b c d\"]\n")), ElementsAre(HasSubstr("must be \"repo\"")));
}

TEST(FrontMatter, only_three_custom_headers_with_their_values_are_allowed) {
  EXPECT_THAT(problems_of(card("custom_headers: {x-frame-options: deny}\n")),
              ElementsAre("README.md:3:18: \"custom_headers.x-frame-options\" is not allowed"));
  EXPECT_THAT(problems_of(card("custom_headers: {cross-origin-embedder-policy: Require-Corp}\n")),
              ElementsAre(HasSubstr("one of [unsafe-none, require-corp, credentialless]")));
  EXPECT_THAT(problems_of(card("custom_headers: {cross-origin-opener-policy: a}\n")),
              ElementsAre(HasSubstr("one of [same-origin, same-origin-allow-popups, unsafe-none]")));
  EXPECT_THAT(problems_of(card("custom_headers: {cross-origin-resource-policy: a}\n")),
              ElementsAre(HasSubstr("one of [same-site, same-origin, cross-origin]")));
}

TEST(FrontMatter, an_unknown_key_is_a_warning_with_a_suggestion) {
  const auto result = read_front_matter(card("app_prot: 8000\n"), "README.md");
  EXPECT_FALSE(has_errors(result.problems));
  EXPECT_THAT(
      texts(result.problems),
      ElementsAre("README.md:3:1: warning: \"app_prot\" is not known here and has no effect; did you mean \"app_port\"?"));
}

TEST(FrontMatter, routes_are_checked) {
  EXPECT_THAT(problems_of(card("routes:\n  - {path: /a, port: 80}\n  - {path: /a/, port: 81}\n")),
              ElementsAre("README.md:5:5: the routes on lines 4 and 5 collide: both are for path /a"));
  EXPECT_THAT(problems_of(card("routes: [{path: /../a, port: 80}]\n")),
              ElementsAre(HasSubstr("\"routes[0].path\" must not contain")));
  EXPECT_THAT(problems_of(card("routes: [{path: /a, port: 0}]\n")),
              ElementsAre("README.md:3:27: \"routes[0].port\" must be greater than or equal to 1"));
  EXPECT_THAT(problems_of(card("routes: [{path: /a, port: 65536}]\n")), ElementsAre(HasSubstr("less than or equal to 65535")));
  EXPECT_THAT(problems_of(card("routes: [{}]\n")),
              ElementsAre(HasSubstr("path\" is required"), HasSubstr("port\" is required")));
  EXPECT_THAT(problems_of(card("routes: [{path: /a, port: 1, stripprefix: true}]\n")),
              ElementsAre(HasSubstr("did you mean \"strip_prefix\"?")));
}

TEST(FrontMatter, a_route_for_the_root_must_be_for_app_port) {
  EXPECT_THAT(problems_of(card("routes: [{path: /, port: 8000}]\n")),
              ElementsAre(HasSubstr("\"app_port\" 7860 serves already")));
  EXPECT_THAT(problems_of(card("routes: [{path: /, port: 8000}]\napp_port: 8000\n")), IsEmpty());
}

TEST(FrontMatter, exposed_ports_are_in_range_and_different) {
  EXPECT_THAT(problems_of(card("expose: [1, 65535]\n")), IsEmpty());
  EXPECT_THAT(problems_of(card("expose: [0, 65536, 80, 80]\n")), testing::SizeIs(3));
  EXPECT_THAT(problems_of(card("expose: [80, 80]\n")), ElementsAre("README.md:3:14: \"expose[1]\" contains a duplicate value"));
}

TEST(FrontMatter, a_value_left_empty_is_as_if_it_were_not_there) {
  EXPECT_THAT(problems_of(card("emoji:\napp_port:\nroutes:\n")), IsEmpty());
}

TEST(FrontMatter, hostile_blocks_end_in_one_problem) {
  EXPECT_THAT(problems_of(card("x: " + std::string(60'000, '[') + "\n")), testing::SizeIs(1));
  EXPECT_THAT(problems_of(card("x: " + std::string(70'000, 'a') + "\n")), ElementsAre(HasSubstr("at most 65536 bytes")));
  EXPECT_THAT(problems_of("---\n- sdk\n---\n"), ElementsAre(HasSubstr("must hold \"key: value\" lines")));
}

TEST(FrontMatter, volumes_are_read) {
  const auto result = read_front_matter(card("volumes:\n  - {source: models, mountPath: /models, readOnly: true}\n"
                                             "  - {source: cache, mountPath: /home/user/.cache}\n"),
                                        "README.md");
  EXPECT_THAT(texts(result.problems), IsEmpty());
  EXPECT_THAT(result.value.volumes, ElementsAre(SpaceVolume{"models", "/models", true, 4, 14},
                                                SpaceVolume{"cache", "/home/user/.cache", false, 5, 14}));
}

TEST(FrontMatter, volumes_that_cannot_be_are_told_where) {
  const auto one = [](const std::string& item) { return problems_of(card("volumes:\n  - " + item + "\n")); };
  EXPECT_THAT(one("{mountPath: /a}"), ElementsAre(HasSubstr("README.md:4:5: \"volumes[0].source\" is required")));
  EXPECT_THAT(one("{source: a}"), ElementsAre(HasSubstr("\"volumes[0].mountPath\" is required")));
  EXPECT_THAT(one("{source: a, mountPath: /a, type: bucket}"), ElementsAre(HasSubstr("type")));
  for (const char* name : {"A", "../x", "a/b", "data", "a--b", "-a", "''"})
    EXPECT_THAT(one(std::string("{source: ") + name + ", mountPath: /a}"), ElementsAre(HasSubstr("name of a volume"))) << name;
  for (const char* path : {"a", "/", "/a/", "/a/../b", "/a//b", "/./a", "'/a b'", "'/a:b'", "'/a,b'", "/é"})
    EXPECT_THAT(one(std::string("{source: a, mountPath: ") + path + "}"), ElementsAre(HasSubstr("absolute path"))) << path;
  for (const char* path : {"/data", "/data/x"})
    EXPECT_THAT(one(std::string("{source: a, mountPath: ") + path + "}"), ElementsAre(HasSubstr("--storage"))) << path;
  for (const char* path : {"/proc", "/sys/fs", "/dev/shm"})
    EXPECT_THAT(one(std::string("{source: a, mountPath: ") + path + "}"), ElementsAre(HasSubstr("of the kernel"))) << path;
  EXPECT_THAT(one("{source: a, mountPath: /a/b}\n  - {source: b, mountPath: /a}"),
              ElementsAre(HasSubstr("README.md:5:5: \"volumes[1]\" is mounted where another one is: /a/b")));
  std::string many;
  for (int i = 0; i != 17; ++i) many += "  - {source: a, mountPath: /m" + std::to_string(i) + "}\n";
  EXPECT_THAT(problems_of(card("volumes:\n" + many)), ElementsAre(HasSubstr("16 items")));
}

}  // namespace
}  // namespace config
