// `spaceport top`: what every Space uses, once a second until Ctrl-C; once, where the output is no terminal.

#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "runtime/cli/client.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/options.hpp"
#include "runtime/cli/screen.hpp"
#include "runtime/cli/terminal.hpp"
#include "runtime/cli/top_view.hpp"

namespace runtime::cli {
namespace {

constexpr int between_looks = 1000;  ///< milliseconds

// Until it is time for the next look. False: interrupted.
bool wait(const Interrupt& interrupt) {
  pollfd ended{interrupt.descriptor(), POLLIN, 0};
  ::poll(&ended, 1, between_looks);
  return interrupt.signal() == 0;
}

}  // namespace

int top(const Common& common) {
  const Interrupt interrupt;
  const Client client(common.layout().api_socket(), &interrupt);
  const bool live = !common.json && is_terminal(STDOUT_FILENO) && moves_cursor();
  auto before = client.call({"GET", "/v1/use", {}, {}});
  Screen screen(STDOUT_FILENO);
  while (wait(interrupt)) {
    auto after = client.call({"GET", "/v1/use", {}, {}});
    const auto rows = top_rows(before, after);
    before = std::move(after);
    if (live) {
      const auto size = screen.size();
      screen.draw({}, top_table(rows, size.columns, size.rows - 1));
      continue;
    }
    constexpr std::size_t everything = 1'000'000;
    if (common.json) {
      std::cout << boost::json::serialize(top_json(rows)) << '\n';
    } else {
      for (const auto& line : top_table(rows, everything, everything)) std::cout << line.text << '\n';
    }
    return 0;
  }
  // The table stays: it is what the person looked at.
  return live && interrupt.signal() == SIGINT ? 0 : exit_code_of(interrupt.signal());
}

}  // namespace runtime::cli
