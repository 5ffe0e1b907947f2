#include "runtime/cli/log_writer.hpp"

#include <boost/json.hpp>
#include <iostream>

#include "config/text_check.hpp"
#include "runtime/cli/printable.hpp"

namespace runtime::cli {

namespace json = boost::json;

LogWriter::~LogWriter() {
  if (!partial_.empty()) write(partial_);
}

void LogWriter::write(std::string_view line) const {
  if (form_ == Form::json)
    std::cout << json::serialize(json::object{{"event", "output"}, {"line", config::as_utf8(line)}}) << std::endl;
  else
    std::cout << printable(line) << std::endl;
}

bool LogWriter::feed(std::string_view bytes) {
  if (form_ == Form::raw) {
    std::cout << bytes << std::flush;
    return std::cout.good();
  }
  partial_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end; (end = partial_.find('\n', begin)) != partial_.npos; begin = end + 1)
    write(std::string_view(partial_).substr(begin, end - begin));
  partial_.erase(0, begin);
  return std::cout.good();
}

}  // namespace runtime::cli
