#include "gateway/control/reload_command.hpp"

#include <boost/json.hpp>
#include <ostream>

#include "gateway/control/check.hpp"
#include "gateway/http/client.hpp"
#include "gateway/net/connect.hpp"

namespace gw::control {
namespace {

net::Task<net::Result<http::Answer>> post_reload(net::Worker& worker, const std::string& socket) {
  // Named: GCC 12 destroys an aggregate twice that is built inside a co_await.
  const net::Address address = net::UnixAddress{socket};
  auto stream = co_await net::connect(worker, address, net::Duration{3'000});
  if (!stream) co_return stream.error();
  const auto connection = http::h1_client(std::move(*stream));
  http::RequestHead head;
  head.method = "POST";
  head.authority = "gateway";
  head.path = "/v1/reload";
  co_return co_await http::fetch(*connection, head, {});
}

void print_lines(const boost::json::value& answer, const char* key, std::ostream& err) {
  const auto* object = answer.if_object();
  const auto* lines = object != nullptr ? object->if_contains(key) : nullptr;
  if (lines == nullptr || !lines->is_array()) return;
  for (const auto& line : lines->get_array())
    if (line.is_string()) err << std::string_view(line.get_string()) << "\n";
}

}  // namespace

int reload_command(const std::string& path, std::ostream& out, std::ostream& err) {
  const auto read = read_file(path);
  const auto& file = read.value;
  if (file.admin_socket.empty()) {
    err << path << ": no `admin: {socket: PATH}`; send SIGHUP to the gateway instead\n";
    return 1;
  }
  net::Worker worker;
  int code = 1;
  auto ask = [&]() -> net::Task<> {
    const auto answer = co_await post_reload(worker, file.admin_socket);
    if (!answer) {
      err << "no gateway answers on " << file.admin_socket << ": " << net::explain(answer.error().code) << "\n";
    } else {
      boost::system::error_code error;
      const auto json = boost::json::parse(answer->body, error);
      print_lines(json, "problems", err);
      print_lines(json, "warnings", err);
      code = answer->head.status == 200 ? 0 : 1;
      if (code == 0) out << "reloaded\n";
    }
    worker.stop();
  };
  worker.spawn(ask());
  worker.run();
  return code;
}

}  // namespace gw::control
