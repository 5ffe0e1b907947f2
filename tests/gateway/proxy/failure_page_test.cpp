#include "gateway/proxy/failure_page.hpp"

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace gw::proxy {
namespace {

using net::Code;
using net::Failure;
using net::Side;

TEST(Rule46, every_cause_has_its_status) {
  const struct {
    Code code;
    Side side;
    std::uint16_t status;
  } cases[] = {
      {Code::no_route, Side::client, 404},
      {Code::not_routed_port, Side::client, 404},
      {Code::refused, Side::upstream, 502},
      {Code::reset, Side::upstream, 502},
      {Code::truncated, Side::upstream, 502},
      {Code::closed, Side::upstream, 502},
      {Code::dialer, Side::upstream, 502},
      {Code::bad_start_line, Side::upstream, 502},
      {Code::fields_too_large, Side::upstream, 502},
      {Code::bad_interim, Side::upstream, 502},
      {Code::waking, Side::gateway, 503},
      {Code::no_endpoint, Side::gateway, 503},
      {Code::sleeping, Side::gateway, 503},
      {Code::space_failed, Side::gateway, 503},
      {Code::saturated, Side::gateway, 503},
      {Code::shutting_down, Side::gateway, 503},
      {Code::connect_timeout, Side::upstream, 504},
      {Code::first_byte_timeout, Side::upstream, 504},
      {Code::idle_timeout, Side::upstream, 504},
      {Code::header_timeout, Side::upstream, 504},
      {Code::header_timeout, Side::client, 408},
      {Code::closed, Side::client, 499},
      {Code::reset, Side::client, 499},
      {Code::truncated, Side::client, 499},
      {Code::loop, Side::client, 508},
      {Code::internal, Side::gateway, 500},
      {Code::body_too_large, Side::client, 413},
      {Code::bad_start_line, Side::client, 400},
      {Code::unsupported_version, Side::client, 505},
      {Code::http2_not_spoken, Side::client, 505},
      {Code::method_not_allowed, Side::client, 405},
      {Code::target_too_long, Side::client, 414},
      {Code::fields_too_large, Side::client, 431},
      {Code::unknown_transfer_coding, Side::client, 501},
      {Code::unknown_protocol, Side::client, 501},
      {Code::bad_frame, Side::upstream, 502},
      {Code::bad_expectation, Side::client, 417},
      {Code::bad_host, Side::client, 400},
      {Code::length_and_chunked, Side::client, 400},
      {Code::bad_upgrade, Side::upstream, 502},
  };
  for (const auto& one : cases) EXPECT_EQ(status_of({one.code, one.side}), one.status) << net::name(one.code);
}

TEST(Rule46, every_answer_of_ours_names_its_cause_and_is_not_stored) {
  const FailureAnswer answer = failure_page({Code::connect_timeout, Side::upstream}, Asker{});
  EXPECT_EQ(answer.head.fields.find("x-gateway-error"), "connect_timeout");
  EXPECT_EQ(answer.head.fields.find("cache-control"), "no-store");
  EXPECT_FALSE(answer.head.fields.contains(http::Name::retry_after));
  EXPECT_TRUE(failure_page({Code::waking}, Asker{}).head.fields.contains(http::Name::retry_after));
  EXPECT_TRUE(failure_page({Code::no_endpoint}, Asker{}).head.fields.contains(http::Name::retry_after));
}

Asker browser() {
  Asker asker;
  asker.accept = "text/html,application/xhtml+xml,*/*;q=0.8";
  asker.sec_fetch_mode = "navigate";
  asker.request_id = "id<1>";
  return asker;
}

TEST(FailurePage, browsers_get_html_with_everything_escaped) {
  Site site;
  site.state = SiteState::failed;
  site.message = "<script>alert('x')</script>";
  Asker asker = browser();
  asker.site = &site;
  const FailureAnswer answer = failure_page({Code::space_failed}, asker);
  EXPECT_EQ(answer.head.fields.find("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answer.body.find("<script"), std::string::npos);
  EXPECT_NE(answer.body.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(answer.body.find("id<1>"), std::string::npos);
  EXPECT_EQ(answer.body.find("http-equiv"), std::string::npos);
  EXPECT_EQ(answer.head.body, http::BodySize::of(answer.body.size()));
}

TEST(FailurePage, a_page_that_waits_for_a_start_reloads_itself) {
  EXPECT_NE(failure_page({Code::waking}, browser()).body.find("http-equiv=\"refresh\""), std::string::npos);
}

TEST(FailurePage, programs_get_problem_json) {
  Site site;
  site.message = "say \"hi\"\n";
  Asker asker;
  asker.accept = "*/*";
  asker.request_id = "abc";
  asker.site = &site;
  const FailureAnswer answer = failure_page({Code::saturated}, asker);
  EXPECT_EQ(answer.head.fields.find("content-type"), "application/problem+json");
  const auto json = boost::json::parse(answer.body).as_object();
  EXPECT_EQ(json.at("status").as_int64(), 503);
  EXPECT_EQ(json.at("code").as_string(), "saturated");
  EXPECT_EQ(json.at("instance").as_string(), "abc");
  EXPECT_EQ(json.at("detail").as_string(), "say \"hi\"\n");
}

TEST(FailurePage, a_fetch_is_a_program_whatever_it_accepts) {
  Asker asker = browser();
  asker.sec_fetch_mode = "cors";
  EXPECT_EQ(failure_page({Code::waking}, asker).head.fields.find("content-type"), "application/problem+json");
  asker.sec_fetch_mode = "";
  asker.accept = "text/html;q=0";
  EXPECT_EQ(failure_page({Code::waking}, asker).head.fields.find("content-type"), "application/problem+json");
}

TEST(FailurePage, head_has_the_length_and_no_body) {
  Asker asker;
  asker.head_request = true;
  const FailureAnswer answer = failure_page({Code::no_route, Side::client}, asker);
  EXPECT_TRUE(answer.body.empty());
  EXPECT_FALSE(answer.head.body.expected());
  EXPECT_GT(answer.head.stated_length, 0u);
}

TEST(FailurePage, grpc_gets_trailers_only) {
  Asker asker;
  asker.content_type = "application/grpc+proto";
  const FailureAnswer answer = failure_page({Code::no_endpoint}, asker);
  EXPECT_EQ(answer.head.status, 200);
  EXPECT_EQ(answer.head.fields.find("grpc-status"), "14");
  EXPECT_TRUE(answer.body.empty());
}

TEST(Rule18, tls_on_a_plain_port_is_told_so_in_plain_text) {
  const FailureAnswer answer = failure_page({Code::tls_on_plain_port, Side::client}, browser());
  EXPECT_EQ(answer.head.status, 400);
  EXPECT_EQ(answer.body, "https expected\n");
}

TEST(Rule16, a_refused_method_is_told_what_is_allowed) {
  EXPECT_TRUE(failure_page({Code::method_not_allowed, Side::client}, Asker{}).head.fields.find("allow"));
}

TEST(FailurePage, fields_of_the_site_do_not_replace_ours) {
  Site site;
  site.response_fields = {{"access-control-allow-origin", "*"}, {"cache-control", "public"}, {"content-type", "x/y"}};
  Asker asker;
  asker.site = &site;
  const FailureAnswer answer = failure_page({Code::waking}, asker);
  EXPECT_EQ(answer.head.fields.find("access-control-allow-origin"), "*");
  EXPECT_EQ(answer.head.fields.find("cache-control"), "no-store");
  EXPECT_EQ(answer.head.fields.find("content-type"), "application/problem+json");
}

}  // namespace
}  // namespace gw::proxy
