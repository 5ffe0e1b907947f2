#include "loadtest/plan/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include "config/suggest.hpp"
#include "loadtest/plan/numbers.hpp"

namespace loadtest::plan {
namespace {

struct Known {
  std::string_view name;
  Scheme scheme;
  std::uint16_t port;
};
constexpr std::array known = {Known{"http", Scheme::http, 80}, Known{"https", Scheme::https, 443}, Known{"ws", Scheme::ws, 80},
                              Known{"wss", Scheme::wss, 443}};

const Known& known_of(Scheme scheme) { return *std::ranges::find(known, scheme, &Known::scheme); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

/// What does not stand in a URL and what people write all the same: spaces and everything beyond ASCII, as a browser escapes them.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

/// A name that can be looked up, or an address: what goes into Host must not end its line, nor say a port or a path of its own.
bool can_be_asked(const boost::urls::url_view& view) {
  const auto encoded = view.encoded_host();
  const std::string_view host(encoded.data(), encoded.size());
  if (view.host_type() == boost::urls::host_type::ipv6) return true;
  return std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
}

std::string shown(std::string_view text) {
  return fmt::format("\"{}{}\"", text.substr(0, 120), text.size() > 120 ? "..." : "");
}

}  // namespace

std::string Origin::authority() const {
  const auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == known_of(scheme).port ? name : fmt::format("{}:{}", name, port);
}

std::string Target::url() const { return fmt::format("{}://{}{}", known_of(origin.scheme).name, origin.authority(), path); }

config::Parsed<Target> parse_url(std::string_view text) {
  const auto refuse = [text](std::string_view why) -> config::Parsed<Target> {
    return {{}, fmt::format("{} {}", shown(text), why)};
  };
  std::string whole = escaped(text.substr(0, text.find('#')));
  // Behind a path or a query it belongs to what is asked.
  if (whole.substr(0, whole.find_first_of("/?") + 2).find("://") == std::string::npos) whole = "http://" + whole;
  const auto parsed = boost::urls::parse_uri(whole);
  if (!parsed) return refuse("is not a URL: write http://HOST[:PORT]/PATH");
  const auto& view = *parsed;
  const auto scheme = lower(view.scheme());
  const auto* entry = std::ranges::find(known, scheme, &Known::name);
  if (entry == known.end()) {
    constexpr std::array<std::string_view, 4> schemes = {"http", "https", "ws", "wss"};
    return refuse(
        fmt::format("has the scheme {}; known are http, https, ws and wss{}", scheme, config::did_you_mean(scheme, schemes)));
  }
  if (view.has_userinfo()) return refuse("names a user: give it with --user, so that it stands in no report");
  if (view.encoded_host().empty()) return refuse("has no host");
  if (!can_be_asked(view)) return refuse("has a host that is neither a name of letters, digits, - . and _ nor an address");
  Target target;
  target.origin.scheme = entry->scheme;
  target.origin.host = lower(view.host_address());
  // port_number() of Boost 1.81 wraps around at 65536.
  const std::string_view port = view.port();
  const auto number = port.empty() ? config::Parsed<std::uint64_t>{entry->port, {}} : parse_count(port);
  target.origin.port = number && *number.value <= 65535 ? static_cast<std::uint16_t>(*number.value) : 0;
  if (target.origin.port == 0) return refuse("has a port that is not from 1 to 65535");
  target.path = std::string(view.encoded_path());
  if (target.path.empty()) target.path = "/";
  // Boost 1.81 takes what stands behind the digits of a port for a path.
  if (target.path.front() != '/') return refuse("has a port that is not from 1 to 65535");
  if (view.has_query()) target.path += "?" + std::string(view.encoded_query());
  return {std::move(target), {}};
}

std::string name_to_look_up(std::string_view host) {
  const std::string_view without_root = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  return std::string(without_root.ends_with(".localhost") ? "localhost" : host);
}

}  // namespace loadtest::plan
