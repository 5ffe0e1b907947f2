#include "gateway/proxy/manners.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gw::proxy {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

http::RequestHead request(const std::string& method, const std::string& path, const Fields& fields) {
  http::RequestHead made;
  made.method = method;
  made.path = path;
  for (const auto& [name, value] : fields) made.fields.add(name, value);
  return made;
}

const std::pair<std::string, std::string> html{"accept", "text/html,application/xhtml+xml,*/*;q=0.8"};
const std::string firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

TEST(Manners, are_those_that_suit_who_asks) {
  struct Case {
    const char* who;
    std::string method, path;
    Fields fields;
    Manners expected;
  };
  const std::vector<Case> cases{
      {"a browser", "GET", "/", {html, {"sec-fetch-mode", "navigate"}, {"user-agent", firefox}}, Manners::hold_briefly},
      {"an old browser", "GET", "/", {html}, Manners::hold_briefly},
      {"a script in a browser", "GET", "/data", {html, {"sec-fetch-mode", "cors"}}, Manners::hold},
      {"an image", "GET", "/a.png", {{"accept", "image/*"}, {"sec-fetch-mode", "no-cors"}}, Manners::hold},
      {"a form", "POST", "/", {html, {"sec-fetch-mode", "navigate"}}, Manners::hold},
      {"curl", "GET", "/", {{"accept", "*/*"}, {"user-agent", "curl/8.5.0"}}, Manners::hold},
      {"who refuses HTML", "GET", "/", {{"accept", "text/html;q=0, application/json"}}, Manners::hold},
      {"an API", "PUT", "/v1/x", {{"accept", "application/json"}}, Manners::hold},
      {"gRPC", "POST", "/shop.Cart/Get", {{"content-type", "application/grpc"}}, Manners::hold},
      {"nobody known", "GET", "/", {}, Manners::hold},
      {"HEAD", "HEAD", "/", {html}, Manners::let_sleep},
      {"OPTIONS", "OPTIONS", "/", {}, Manners::let_sleep},
      {"a browser by itself", "GET", "/favicon.ico", {{"user-agent", firefox}}, Manners::let_sleep},
      {"a crawler's first question", "GET", "/robots.txt", {}, Manners::let_sleep},
      {"a path below it", "GET", "/robots.txt/x", {}, Manners::hold},
      {"a prefetch", "GET", "/", {html, {"sec-purpose", "prefetch"}}, Manners::let_sleep},
      {"a prerender", "GET", "/", {html, {"sec-purpose", "prefetch;prerender"}}, Manners::let_sleep},
      {"an older prefetch", "GET", "/", {html, {"purpose", "prefetch"}}, Manners::let_sleep},
      {"Firefox's", "GET", "/", {html, {"x-moz", "prefetch"}}, Manners::let_sleep},
      {"another purpose", "GET", "/", {{"purpose", "preview"}}, Manners::hold},
  };
  for (const auto& [who, method, path, fields, expected] : cases)
    EXPECT_EQ(expected, manners_for(request(method, path, fields))) << who;
}

TEST(Manners, nobody_wakes_a_site_for_a_robot) {
  // As their makers write them.
  for (const char* agent :
       {"kube-probe/1.29", "ELB-HealthChecker/2.0", "GoogleHC/1.0", "Consul Health Check",
        "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)", "Uptime-Kuma/1.23.11",
        "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)", "Blackbox Exporter/0.25.0",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "Twitterbot/1.0",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)", "LinkedInBot/1.0 (compatible; Mozilla/5.0; +http://www.linkedin.com)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.social/)"})
    EXPECT_EQ(Manners::let_sleep, manners_for(request("GET", "/", {html, {"user-agent", agent}}))) << agent;
  for (const char* agent : {"python-requests/2.31", "Go-http-client/2.0", "okhttp/4.12", "grpc-python/1.60", "Robotics/1.0"})
    EXPECT_EQ(Manners::hold, manners_for(request("GET", "/", {{"user-agent", agent}}))) << agent;
}

TEST(Manners, a_websocket_is_held_whatever_it_accepts) {
  auto upgrade = request("GET", "/", {html});
  upgrade.tunnel = http::Tunnel::websocket;
  EXPECT_EQ(Manners::hold, manners_for(upgrade));
}

}  // namespace
}  // namespace gw::proxy
