#pragma once
// A result as one page that needs nothing else: no network, no server, no other file.

#include <string>

#include "loadtest/measure/result_json.hpp"

namespace loadtest::report {

/// The document itself is embedded too (`<script type="application/json" id="document">`), for whoever has only the page; of a long run in
/// at most 600 windows.
std::string html_report(const measure::Document& document);

}  // namespace loadtest::report
