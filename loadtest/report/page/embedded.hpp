#pragma once
// The parts of a page, as they lie in this folder and in the package uplot: CMake puts them into a source file (embed.cmake).

#include <string_view>

namespace loadtest::report::embedded {

extern const std::string_view uplot_js;
extern const std::string_view uplot_css;
extern const std::string_view uplot_licence;
extern const std::string_view page_css;
extern const std::string_view charts_js;
extern const std::string_view page_js;

}  // namespace loadtest::report::embedded
