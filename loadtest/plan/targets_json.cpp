// Targets in JSON: vegeta's lines, HTTP archives, and the gateway's access log.

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "loadtest/measure/base64.hpp"
#include "loadtest/plan/log_time.hpp"
#include "loadtest/plan/targets.hpp"

namespace loadtest::plan {
namespace {

namespace json = boost::json;

constexpr unsigned deepest = 32;
constexpr double longest_ms = 30.0 * 24 * 3600 * 1000;  ///< of an exchange in a log: nobody's takes a month

json::value parse(std::string_view text, boost::system::error_code& error) {
  json::parse_options options;
  options.max_depth = deepest;
  json::value value = json::parse(text, error, {}, options);
  return value;
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view{};
}

const json::array* list_of(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found == nullptr ? nullptr : found->if_array();
}

std::optional<double> number_of(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

/// Calls `take(line number, object)` for each line.
template <class Take>
void each_line(std::string_view text, TargetMaker& maker, Take take) {
  for (std::size_t number = 1; !text.empty() && !maker.full(); ++number) {
    const auto line = trimmed(take_line(text));
    if (line.empty()) continue;
    boost::system::error_code error;
    const auto value = parse(line, error);
    if (error || !value.is_object()) {
      maker.wrong(number, fmt::format("is not a JSON object{}{}", error ? ": " : "", error ? error.message() : std::string{}));
      continue;
    }
    take(number, value.get_object());
  }
}

void take_fields(const json::object& header, TargetMaker::Piece& piece) {
  for (const auto& [name, values] : header) {
    if (const auto* list = values.if_array()) {
      for (const auto& value : *list) {
        if (value.is_string()) piece.fields.emplace_back(std::string(name), std::string(value.get_string()));
      }
    } else if (values.is_string()) {
      piece.fields.emplace_back(std::string(name), std::string(values.get_string()));
    }
  }
}

/// What a browser sends of its own accord and we make ourselves.
bool is_ours_to_send(std::string_view name) {
  constexpr std::array<std::string_view, 4> ours = {"host", "content-length", "connection", "transfer-encoding"};
  if (name.substr(0, 1) == ":") return true;
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::ranges::find(ours, lower) != ours.end();
}

void take_entry(const json::object& request, std::size_t number, TargetMaker& maker) {
  TargetMaker::Piece piece;
  piece.line = number;
  piece.method = std::string(text_of(request, "method"));
  piece.url = std::string(text_of(request, "url"));
  if (const auto* fields = list_of(request, "headers")) {
    for (const auto& field : *fields) {
      if (!field.is_object()) continue;
      const auto name = text_of(field.get_object(), "name");
      if (!is_ours_to_send(name))
        piece.fields.emplace_back(std::string(name), std::string(text_of(field.get_object(), "value")));
    }
  }
  const auto* post = request.if_contains("postData");
  if (post != nullptr && post->is_object()) piece.body = std::string(text_of(post->get_object(), "text"));
  maker.add(std::move(piece));
}

}  // namespace

void read_json_lines(std::string_view text, TargetMaker& maker) {
  each_line(text, maker, [&maker](std::size_t number, const json::object& object) {
    TargetMaker::Piece piece;
    piece.line = number;
    piece.method = std::string(text_of(object, "method"));
    piece.url = std::string(text_of(object, "url"));
    if (piece.method.empty() || piece.url.empty()) return maker.wrong(number, "must have \"method\" and \"url\"");
    if (const auto* header = object.if_contains("header"); header != nullptr && header->is_object()) {
      take_fields(header->get_object(), piece);
    }
    if (object.contains("body")) {
      piece.body = measure::from_base64(text_of(object, "body"));
      if (!piece.body) return maker.wrong(number, "has a \"body\" that is not base64");
    }
    maker.add(std::move(piece));
  });
}

void read_har(std::string_view text, TargetMaker& maker) {
  boost::system::error_code error;
  const auto whole = parse(text, error);
  const auto* log = error || !whole.is_object() ? nullptr : whole.get_object().if_contains("log");
  const auto* entries = log == nullptr || !log->is_object() ? nullptr : list_of(log->get_object(), "entries");
  if (entries == nullptr) {
    return maker.wrong(0, error ? fmt::format("is not JSON: {}", error.message())
                                : std::string("has no log.entries: it is not an HTTP archive"));
  }
  std::size_t number = 0;
  for (const auto& entry : *entries) {
    ++number;
    if (maker.full()) return;
    const auto* request = entry.is_object() ? entry.get_object().if_contains("request") : nullptr;
    if (request == nullptr || !request->is_object()) {
      maker.wrong(0, fmt::format("entry {} has no request", number));
      continue;
    }
    take_entry(request->get_object(), number, maker);
  }
}

void read_gateway_log(std::string_view text, TargetMaker& maker) {
  each_line(text, maker, [&maker](std::size_t number, const json::object& object) {
    // Requests that the gateway could not read have neither; the log has other lines of theirs, but nothing to ask for.
    const auto method = text_of(object, "method");
    const auto path = text_of(object, "path");
    if (method.empty() || path.empty()) return;
    TargetMaker::Piece piece;
    piece.line = number;
    piece.method = std::string(method);
    const auto host = text_of(object, "host");
    if (!may_be_asked(method, path)) return;
    piece.url = host.empty() ? std::string(path) : fmt::format("http://{}{}", host, path);
    piece.client = std::string(text_of(object, "client"));
    const auto end = parse_utc(text_of(object, "time"));
    if (!end) return maker.wrong(number, "has no \"time\" such as 2026-01-31T12:00:00.000Z");
    // A line says when its exchange was over.
    const auto took = std::clamp(number_of(object, "total_ms").value_or(0), 0.0, longest_ms);
    piece.at = std::max<measure::Nanoseconds>(*end - std::llround(took * 1e6), 0);
    piece.status = static_cast<std::uint16_t>(std::clamp(number_of(object, "status").value_or(0), 0.0, 999.0));
    maker.add(std::move(piece));
  });
}

}  // namespace loadtest::plan
