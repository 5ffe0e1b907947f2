#include "gateway/control/upstream_table.hpp"

#include <gtest/gtest.h>

#include "gateway/control/site_table.hpp"

namespace gw::control {
namespace {

TEST(UpstreamTable, each_upstream_has_its_own_budget_for_second_tries_and_keeps_it) {
  const auto site = [](const std::string& host, const std::string& message) {
    return R"({"hosts": [")" + host + R"("], "message": ")" + message +
           R"(", "routes": [{"path": "/", "endpoints": ["127.0.0.1:1", "127.0.0.1:2"]},)" +
           R"({"path": "/same", "endpoints": ["127.0.0.1:1", "127.0.0.1:2"]},)" +
           R"({"path": "/api", "endpoints": ["127.0.0.1:1", "127.0.0.1:3"]},)" +
           R"({"path": "/alone", "endpoints": ["127.0.0.1:1"]}]})";
  };
  SiteTable table;
  ASSERT_TRUE(table.put("a", site("a.test", "")).changed);
  ASSERT_TRUE(table.put("b", site("b.test", "")).changed);
  const auto budget = [&](const char* host, const char* path) {
    return table.snapshot()->router.match(host, path)->upstream->retries;
  };
  const auto before = budget("a.test", "/");
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(budget("a.test", "/same"), before);
  EXPECT_NE(budget("a.test", "/api"), before);
  EXPECT_NE(budget("b.test", "/"), before);
  EXPECT_EQ(budget("a.test", "/alone"), nullptr);
  ASSERT_TRUE(table.put("a", site("a.test", "changed")).changed);
  EXPECT_EQ(budget("a.test", "/"), before);
}

}  // namespace
}  // namespace gw::control
