#include "gateway/proxy/manners.hpp"

#include <algorithm>
#include <array>

#include "gateway/http/characters.hpp"

namespace gw::proxy {
namespace {

using http::Name;

// Words in User-Agent, in lower case. Health probes, previews of links in chats, crawlers: each is what its maker documents.
constexpr auto nobody_looks = std::to_array<std::string_view>({
    // Health probes
    "kube-probe/",
    "elb-healthchecker/",
    "googlehc/",
    "consul health check",
    "uptimerobot/",
    "uptime-kuma/",
    "pingdom",
    "statuscake",
    "amazon-route53-health-check",
    "blackbox exporter",
    "blackbox-exporter",
    "better uptime bot",
    "site24x7",
    // Previews of links
    "facebookexternalhit/",
    "facebot",
    "twitterbot/",
    "slackbot",
    "slack-imgproxy",
    "discordbot/",
    "whatsapp/",
    "telegrambot",
    "linkedinbot/",
    "skypeuripreview",
    "pinterestbot/",
    "mastodon/",
    "embedly/",
    "iframely/",
    "redditbot/",
    "bluesky cardyb/",
    // Crawlers
    "googlebot",
    "google-inspectiontool",
    "googleother",
    "adsbot-google",
    "bingbot/",
    "bingpreview/",
    "duckduckbot/",
    "yandexbot/",
    "baiduspider",
    "applebot/",
    "petalbot",
    "ahrefsbot/",
    "semrushbot",
    "mj12bot/",
    "dotbot/",
    "bytespider",
    "gptbot/",
    "claudebot/",
    "ccbot/",
    "perplexitybot/",
    "amazonbot/",
    "meta-externalagent/",
});

bool contains(std::string_view text, std::string_view lower_case_word) noexcept {
  return std::search(text.begin(), text.end(), lower_case_word.begin(), lower_case_word.end(),
                     [](char a, char b) { return http::to_lower(a) == b; }) != text.end();
}

bool is_robot(const http::RequestHead& request) noexcept {
  const auto agent = request.fields.find(Name::user_agent).value_or("");
  return std::any_of(nobody_looks.begin(), nobody_looks.end(), [agent](auto word) { return contains(agent, word); });
}

// https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header; `Purpose` and `X-Moz` are what older browsers send.
bool is_prefetch(const http::RequestHead& request) noexcept {
  for (const std::string_view name : {"sec-purpose", "purpose", "x-moz"})
    if (const auto purpose = request.fields.find(name); purpose && contains(*purpose, "prefetch")) return true;
  return false;
}

}  // namespace

bool wants_html(std::string_view accept, std::string_view sec_fetch_mode) noexcept {
  if (!sec_fetch_mode.empty() && sec_fetch_mode != "navigate") return false;
  bool wanted = false;
  http::each_element(accept, [&](std::string_view element) {
    const std::size_t semicolon = element.find(';');
    if (!http::equals_ignoring_case(http::trim(element.substr(0, semicolon)), "text/html")) return;
    const std::string_view rest = semicolon == std::string_view::npos ? "" : element.substr(semicolon);
    const std::size_t q = rest.find("q=0");
    wanted = wanted || q == std::string_view::npos || rest.find_first_of("123456789", q) != std::string_view::npos;
  });
  return wanted;
}

Manners manners_for(const http::RequestHead& request) noexcept {
  if (request.method == "HEAD" || request.method == "OPTIONS") return Manners::let_sleep;
  if (request.path == "/favicon.ico" || request.path == "/robots.txt") return Manners::let_sleep;
  if (is_prefetch(request) || is_robot(request)) return Manners::let_sleep;
  if (request.method != "GET" || request.tunnel != http::Tunnel::none) return Manners::hold;
  const bool page =
      wants_html(request.fields.find(Name::accept).value_or(""), request.fields.find(Name::sec_fetch_mode).value_or(""));
  return page ? Manners::hold_briefly : Manners::hold;
}

}  // namespace gw::proxy
