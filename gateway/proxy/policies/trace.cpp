// W3C Trace Context: https://www.w3.org/TR/trace-context/. We report no spans, so what is valid goes on as it came (§3.4,
// "do not participate in the trace"); where a trace begins with us, it is one that nobody samples.

#include <algorithm>

#include "gateway/http/characters.hpp"
#include "gateway/proxy/policies/policies.hpp"
#include "gateway/proxy/request_id.hpp"

namespace gw::proxy::policies {

namespace {

using http::Name;

// 00-<trace id>-<parent id>-<flags>
constexpr std::size_t trace_at = 3;
constexpr std::size_t trace_size = 32;
constexpr std::size_t parent_at = 36;
constexpr std::size_t parent_size = 16;
constexpr std::size_t flags_at = 53;
constexpr std::size_t whole_size = 55;
// A version to come may say more behind the flags; whoever writes more than this wants something else.
constexpr std::size_t longest = 512;

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return http::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) noexcept { return text.find_first_not_of('0') == std::string_view::npos; }

// §3.2. Upper case is malformed.
bool valid_traceparent(std::string_view text) noexcept {
  if (text.size() < whole_size || text.size() > longest) return false;
  const auto version = text.substr(0, 2);
  if (!is_hex(version) || version == "ff") return false;
  if (text.size() != whole_size && (version == "00" || text[whole_size] != '-')) return false;
  if (text[trace_at - 1] != '-' || text[parent_at - 1] != '-' || text[flags_at - 1] != '-') return false;
  const auto trace = text.substr(trace_at, trace_size);
  const auto parent = text.substr(parent_at, parent_size);
  if (!is_hex(trace) || !is_hex(parent) || !is_hex(text.substr(flags_at, 2))) return false;
  return !is_zero(trace) && !is_zero(parent);
}

void make_traceparent(std::array<char, whole_size>& out) noexcept {
  static constexpr std::string_view shape = "00-00000000000000000000000000000000-0000000000000000-00";
  std::copy(shape.begin(), shape.end(), out.begin());
  put_hex(&out[trace_at], unique_number() | 1);
  put_hex(&out[trace_at + trace_size / 2], unique_number());
  put_hex(&out[parent_at], unique_number() | 1);
}

}  // namespace

std::optional<Refusal> take_trace(RequestHead& request, RequestContext& context) {
  if (!context.snapshot->trace) return std::nullopt;
  const auto given = request.fields.find(Name::traceparent);
  if (given && valid_traceparent(*given) && request.fields.count(Name::traceparent) == 1) {
    std::copy_n(given->begin(), whole_size, context.trace.begin());
  } else {
    make_traceparent(context.trace);
    if (given) request.fields.erase(Name::traceparent);
    // §3.3: it belongs to the traceparent that is gone.
    request.fields.erase("tracestate");
    request.fields.add(Name::traceparent, {context.trace.data(), whole_size});
  }
  context.trace_id = {&context.trace[trace_at], trace_size};
  return std::nullopt;
}

}  // namespace gw::proxy::policies
