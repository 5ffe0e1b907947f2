#include "loadtest/report/html_report.hpp"

#include <algorithm>

#include "loadtest/report/page/embedded.hpp"
#include "loadtest/report/page_data.hpp"

namespace loadtest::report {
namespace {

namespace json = boost::json;

constexpr std::size_t most_embedded_windows = 600;

/// JSON inside a script element: nothing in it may end the element, or begin a comment.
std::string inside_script(const json::object& value) {
  std::string out;
  for (const char c : json::serialize(value)) {
    if (c == '<')
      out += "\\u003c";
    else
      out += c;
  }
  return out;
}

std::string inside_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

/// With no more windows than the page shows: what was counted is the same, and hours do not make a page of a hundred megabytes.
measure::Result embedded_result(measure::Result result) {
  while (std::max(result.series.windows.size(), result.series.warm_up.size()) > most_embedded_windows) result.series.widen();
  for (auto& one : result.background) one = embedded_result(std::move(one));
  return result;
}
json::object embedded_document(const measure::Result& result) { return measure::to_json(embedded_result(result)); }
json::object embedded_document(measure::Comparison comparison) {
  comparison.one = embedded_result(std::move(comparison.one));
  comparison.two = embedded_result(std::move(comparison.two));
  return measure::to_json(comparison);
}
json::object embedded_document(measure::Capacity capacity) {
  capacity.base = embedded_result(std::move(capacity.base));
  return measure::to_json(capacity);
}

}  // namespace

std::string html_report(const measure::Document& document) {
  const json::object data = page_data(document);
  std::string page =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">";
  // Whatever the file is opened with: nothing is fetched, and only what is in it runs.
  page +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; style-src "
      "'unsafe-inline'; img-src data: blob:\">";
  page.append("<title>").append(inside_html(data.at("title").get_string())).append(" · spaceport-bench</title>\n<style>");
  page.append(embedded::uplot_css).append(embedded::page_css).append("</style></head><body>\n<main id=\"page\"></main>\n");
  page.append("<script type=\"application/json\" id=\"data\">").append(inside_script(data)).append("</script>\n");
  page.append("<script type=\"application/json\" id=\"document\">");
  page += inside_script(std::visit([](const auto& one) { return embedded_document(one); }, document));
  page.append("</script>\n<!-- uPlot:\n")
      .append(embedded::uplot_licence)
      .append("-->\n<script>")
      .append(embedded::uplot_js)
      .append("</script>\n<script>");
  page.append(embedded::charts_js).append(embedded::page_js);
  return page.append("</script>\n</body></html>\n");
}

}  // namespace loadtest::report
