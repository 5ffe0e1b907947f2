#include "gateway/net/address.hpp"

#include <charconv>

namespace gw::net {
namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> port(std::string_view text) {
  const auto value = whole_number<std::uint16_t>(text);
  return value && *value != 0 ? value : std::nullopt;
}

std::optional<Address> container(std::string_view text) {
  const auto at = text.find('@');
  const auto colon = text.find(':', at == std::string_view::npos ? 0 : at);
  if (at == std::string_view::npos || colon == std::string_view::npos) return std::nullopt;
  const auto id = text.substr(0, at);
  if (id.size() != 64 || id.find_first_not_of("0123456789abcdef") != std::string_view::npos) return std::nullopt;
  const auto generation = whole_number<std::uint64_t>(text.substr(at + 1, colon - at - 1));
  const auto number = port(text.substr(colon + 1));
  if (!generation || !number) return std::nullopt;
  return ContainerAddress{std::string(id), *generation, *number};
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  if (text.starts_with("unix:")) {
    if (text.size() == 5) return std::nullopt;
    return UnixAddress{std::string(text.substr(5))};
  }
  if (text.starts_with("netns:")) return container(text.substr(6));
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const auto number = port(text.substr(colon + 1));
  if (!number) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.size() < 4 || host.back() != ']') return std::nullopt;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  return TcpAddress{std::string(host), *number};
}

std::string to_string(const Address& address) {
  struct Text {
    std::string operator()(const TcpAddress& tcp) const {
      const bool v6 = tcp.host.find(':') != std::string::npos;
      return (v6 ? "[" + tcp.host + "]" : tcp.host) + ":" + std::to_string(tcp.port);
    }
    std::string operator()(const UnixAddress& local) const { return "unix:" + local.path; }
    std::string operator()(const ContainerAddress& inside) const {
      return "netns:" + inside.container + "@" + std::to_string(inside.generation) + ":" + std::to_string(inside.port);
    }
  };
  return std::visit(Text{}, address);
}

}  // namespace gw::net
