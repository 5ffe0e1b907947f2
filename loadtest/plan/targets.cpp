#include "loadtest/plan/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "loadtest/plan/url.hpp"

namespace loadtest::plan {
namespace {

struct Format {
  std::string_view name;
  TargetFormat format;
  void (*read)(std::string_view, TargetMaker&);
};
constexpr std::array formats = {Format{"urls", TargetFormat::urls, read_urls},
                                Format{"http", TargetFormat::http, read_http},
                                Format{"json", TargetFormat::json, read_json_lines},
                                Format{"har", TargetFormat::har, read_har},
                                Format{"curl", TargetFormat::curl, read_curl},
                                Format{"clf", TargetFormat::clf, read_clf},
                                Format{"gateway", TargetFormat::gateway, read_gateway_log}};

constexpr std::size_t longest_method = 32;

bool has_control(std::string_view text) noexcept {
  return std::ranges::any_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

/// Which of the formats could it be whose first word is this?
bool is_method(std::string_view word) noexcept {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::optional<TargetFormat> target_format(std::string_view name) {
  const auto* found = std::ranges::find(formats, name, &Format::name);
  return found == formats.end() ? std::nullopt : std::optional(found->format);
}

TargetFormat guess_format(std::string_view text) {
  std::string_view line;
  while (!text.empty() && (line.empty() || line.front() == '#')) line = trimmed(take_line(text));
  if (line.substr(0, 1) == "{") {
    if (line.find("\"log\"") != std::string_view::npos || line == "{") return TargetFormat::har;
    return line.find("\"request_id\"") != std::string_view::npos || line.find("\"total_ms\"") != std::string_view::npos
               ? TargetFormat::gateway
               : TargetFormat::json;
  }
  const auto word = line.substr(0, line.find(' '));
  if (word == "curl") return TargetFormat::curl;
  if (word.size() < line.size() && is_method(word)) return TargetFormat::http;
  return line.find(" [") != std::string_view::npos && line.find('"') != std::string_view::npos ? TargetFormat::clf
                                                                                               : TargetFormat::urls;
}

std::vector<TimedTarget> read_targets(std::string_view text, TargetFormat format, const TargetDefaults& defaults,
                                      config::Report& report) {
  TargetMaker maker(defaults, report);
  std::ranges::find(formats, format, &Format::format)->read(text, maker);
  auto targets = maker.take();
  if (targets.size() >= TargetMaker::most) report.add(0, 0, fmt::format("has more than {} targets", TargetMaker::most), false);
  if (targets.empty() && maker.good()) report.add(0, 0, "names no target", false);
  return targets;
}

bool TargetMaker::place(const Piece& piece, Target& target) {
  if (piece.url.substr(0, 1) == "/") {
    if (!defaults_.has_origin) {
      wrong(piece.line, "is a path without a host: give the URL of the host in front of --targets");
      return false;
    }
    // The path is read as part of a URL, so that it is checked and escaped like one.
    auto parsed = parse_url("http://x" + piece.url);
    if (!parsed) {
      wrong(piece.line, std::move(parsed.message));
      return false;
    }
    target.origin = defaults_.target.origin;
    target.path = std::move(parsed.value->path);
    return true;
  }
  auto parsed = parse_url(piece.url);
  if (!parsed) {
    wrong(piece.line, std::move(parsed.message));
    return false;
  }
  target.origin = std::move(parsed.value->origin);
  target.path = std::move(parsed.value->path);
  if (defaults_.keep_origin) {
    if (!has(target, "Host")) target.fields.emplace_back("Host", target.origin.authority());
    target.origin = defaults_.target.origin;
  }
  return true;
}

void TargetMaker::add(Piece piece) {
  TimedTarget made;
  made.at = piece.at;
  made.status = piece.status;
  made.client = std::move(piece.client);
  auto& target = made.target;
  target.method = piece.method.empty() ? defaults_.target.method : std::move(piece.method);
  if (!is_token(target.method) || target.method.size() > longest_method) {
    return wrong(piece.line, fmt::format("\"{}\" is not a method", target.method.substr(0, longest_method)));
  }
  if (target.method == "CONNECT") return wrong(piece.line, "CONNECT makes a tunnel, which is no request that can be measured");
  for (auto& [name, value] : piece.fields) {
    if (!is_token(name) || has_control(value)) {
      return wrong(piece.line, fmt::format("\"{}\" is not a field that can be sent", name.substr(0, 64)));
    }
    if (same_name(name, "Host") && has(target, "Host")) return wrong(piece.line, "names two hosts");
    target.fields.emplace_back(std::move(name), std::move(value));
  }
  const auto own = target;
  if (!place(piece, target)) return;
  for (const auto& field : defaults_.target.fields) {
    if (!has(own, field.first)) target.fields.push_back(field);
  }
  target.body = piece.body ? std::make_shared<const std::string>(std::move(*piece.body)) : defaults_.target.body;
  targets_.push_back(std::move(made));
}

std::optional<std::string> TargetMaker::file(std::size_t line, const std::string& path) {
  if (!defaults_.read_file) {
    wrong(line, "names a file, and files are not read here");
    return std::nullopt;
  }
  auto read = defaults_.read_file(path);
  if (!read) wrong(line, std::move(read.message));
  return std::move(read.value);
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool same_name(std::string_view one, std::string_view two) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(one, two, {}, lower, lower);
}

bool has(const Target& target, std::string_view name) noexcept {
  return std::ranges::any_of(target.fields, [name](const auto& field) { return same_name(field.first, name); });
}

std::optional<std::pair<std::string, std::string>> parse_field(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  const auto value = trimmed(line.substr(colon + 1));
  if (has_control(value)) return std::nullopt;
  return std::pair(std::string(line.substr(0, colon)), std::string(value));
}

bool may_be_asked(std::string_view method, std::string_view target) noexcept { return method != "CONNECT" && target != "*"; }

std::string_view take_line(std::string_view& text) noexcept {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace loadtest::plan
