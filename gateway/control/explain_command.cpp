#include "gateway/control/explain_command.hpp"

#include <ostream>

#include "gateway/control/check.hpp"
#include "gateway/control/limit_report.hpp"
#include "gateway/control/site_table.hpp"
#include "gateway/proxy/explain.hpp"

namespace gw::control {

int explain_command(const std::string& path, const std::string& url, const std::string& method, std::ostream& out,
                    std::ostream& err) {
  const config::GatewayFileResult file = read_file(path);
  for (const config::Problem& problem : file.problems) err << problem.text() << '\n';
  if (config::has_errors(file.problems)) return 1;
  SiteTable sites;
  const Change change = sites.load(file.value);
  for (const std::string& problem : change.problems) err << path << ": " << problem << '\n';
  const proxy::Explanation explanation = proxy::explain(*sites.snapshot(), method, url);
  out << explanation.text << explain_limits(file.value.limits);
  return explanation.routed ? 0 : 1;
}

}  // namespace gw::control
