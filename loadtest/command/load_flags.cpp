#include "loadtest/command/load_flags.hpp"

namespace loadtest::command {
namespace {

void add_amount(CLI::App& command, LoadFlags& flags) {
  const auto* group = "How much";
  command
      .add_option("-c,--connections", flags.connections, "Closed loop: so many at once (50). Open loop: opened beforehand (0)")
      ->type_name("N")
      ->group(group);
  command.add_option("-n,--requests", flags.requests, "So many requests: 200, 10k, 1M")->type_name("N")->group(group);
  command.add_option("-z,--duration", flags.duration, "For so long: 30s, 2m (10s)")->type_name("TIME")->group(group);
  command.add_option("-r,--rate", flags.rate, "Open loop: so many a second, whatever the answers take: 200, 5k/s, 600/m")
      ->type_name("RATE")
      ->group(group);
  command.add_option("--stages", flags.stages, "Open loop: TIME:RATE, the rate going there in a straight line: 30s:100,2m:500")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("STAGES")
      ->group(group);
  command.add_option("--arrival", flags.arrival, "Open loop: constant, poisson or uniform")->type_name("HOW")->group(group);
  command.add_option("--seed", flags.seed, "Of everything random; it is printed")->type_name("N")->group(group);
  command
      .add_option("--warmup", flags.warm_up, "Left out: a time, auto (until it is steady; without a rate from 15s on) or none")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--timeout", flags.timeout, "Give up after so long (10s)")->type_name("TIME")->group(group);
  command.add_option("--drain", flags.drain, "Wait so long for answers at the end (5s)")->type_name("TIME")->group(group);
  command.add_option("--max-connections", flags.most_connections, "Open loop: never more; 0: as many as needed (0)")
      ->type_name("N")
      ->group(group);
  command.add_option("--on-overflow", flags.on_overflow, "Beyond: queue, which counts as waiting, or drop")
      ->type_name("HOW")
      ->group(group);
  command.add_option("--threads", flags.threads, "Threads that make the load (1)")->type_name("N")->group(group);
  command.add_flag("--spin", flags.spin, "Burn the last 100 us before a request is due")->group(group);
}

void add_request(CLI::App& command, LoadFlags& flags) {
  const auto* group = "What";
  command.add_option("-X,--method", flags.method, "GET, or POST with a body")->type_name("METHOD")->group(group);
  command.add_option("-H,--header", flags.headers, "A field: 'Name: value'")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("FIELD")
      ->group(group);
  command.add_option("-d,--data", flags.data, "A body, or @FILE")->type_name("BODY")->group(group);
  command.add_option("-F,--form", flags.forms, "A field of a form: NAME=VALUE")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("K=V")
      ->group(group);
  command.add_option("-T,--content-type", flags.content_type, "Of the body")->type_name("TYPE")->group(group);
  command.add_option("-u,--user", flags.user, "NAME:PASSWORD for basic authentication")->type_name("USER")->group(group);
  command.add_option("--expect-bytes", flags.expect_bytes, "A good answer has so many")->type_name("N")->group(group);
  command.add_option("--expect-contains", flags.expect_contains, "A good answer has this in its body")
      ->type_name("TEXT")
      ->group(group);
  command.add_option("--expect-body-sha256", flags.expect_sha256, "A good answer's body has this digest")
      ->type_name("HEX")
      ->group(group);
}

void add_transport(CLI::App& command, LoadFlags& flags) {
  const auto* group = "How it travels";
  command.add_flag("--http1", flags.http1, "HTTP/1.1 (default)")->group(group);
  command.add_flag("--http2", flags.http2, "HTTP/2 over TLS where the server has it")->group(group);
  command.add_flag("--h2c", flags.h2c, "HTTP/2 without TLS")->group(group);
  command.add_option("-m,--streams", flags.streams, "HTTP/2: at once on a connection (1)")->type_name("N")->group(group);
  command.add_option("--h2-window", flags.http2_window, "HTTP/2: what may come unread, of a stream and of all (1Gi)")
      ->type_name("SIZE")
      ->group(group);
  command.add_flag("--ws", flags.websocket, "WebSocket: messages, and the time until each comes back")->group(group);
  command.add_option("--ws-message", flags.websocket_message, "What is sent, or @FILE")->type_name("TEXT")->group(group);
  command.add_option("--ws-rate", flags.websocket_rate, "Messages a second on each socket")->type_name("RATE")->group(group);
  command.add_flag("--sse", flags.events, "Server-sent events: the first, and the gaps")->group(group);
  command.add_flag("-k,--insecure", flags.insecure, "Take any certificate")->group(group);
  command.add_flag("--no-keepalive", flags.no_keep_alive, "A connection for each request")->group(group);
  command.add_option("--max-conn-requests", flags.most_requests, "A new connection after so many")
      ->type_name("N")
      ->group(group);
  command.add_option("--resolve", flags.resolve, "HOST:PORT:ADDRESS goes there instead")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("H:P:A")
      ->group(group);
  command.add_option("--read-rate", flags.read_rate, "Slow clients: bytes a second read of each connection: 500, 20k/s")
      ->type_name("BYTES")
      ->group(group);
  command.add_option("--write-rate", flags.write_rate, "Slow clients: likewise written")->type_name("BYTES")->group(group);
  command.add_option("--unix-socket", flags.unix_socket, "Through this socket")->type_name("PATH")->group(group);
}

void add_targets(CLI::App& command, LoadFlags& flags) {
  const auto* group = "What";
  command.add_option("--targets", flags.targets, "A file of requests; - is standard input")->type_name("FILE")->group(group);
  command.add_option("--targets-format", flags.targets_format, "urls, http, json, har, curl, clf or gateway (as it looks)")
      ->type_name("FORMAT")
      ->group(group);
}

void add_judgement(CLI::App& command, LoadFlags& flags) {
  const auto* group = "What is good enough";
  command.add_option("--slo", flags.objectives, "p99<250ms, errors<0.1%, rate>=99%: exit code 99 when it is not held")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("SLO")
      ->group(group);
  command.add_flag("--abort-on-fail", flags.abort_on_fail, "End as soon as one cannot be held any more")->group(group);
  command.add_option("--label", flags.labels, "K=V, kept in the report")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->type_name("K=V")
      ->group(group);
  command.add_flag("--i-own-this-target", flags.mine, "Load somebody who is not on this machine: you may do that")
      ->group(group);
}

}  // namespace

void add_load_flags(CLI::App& command, LoadFlags& flags, FlagSet which) {
  if (which.url) command.add_option("URL", flags.url, "Where to: http, https, ws or wss")->type_name("");
  if (which.amount) add_amount(command, flags);
  add_request(command, flags);
  if (which.targets) add_targets(command, flags);
  add_transport(command, flags);
  if (which.judgement) add_judgement(command, flags);
}

boost::json::object LoadFlags::told() const {
  boost::json::object out;
  const auto text = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  const auto list = [&out](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) out[name] = boost::json::array(values.begin(), values.end());
  };
  const auto flag = [&out](const char* name, bool on) {
    if (on) out[name] = true;
  };
  for (const auto& [name, value] : {std::pair{"url", &url},
                                    {"connections", &connections},
                                    {"requests", &requests},
                                    {"duration", &duration},
                                    {"rate", &rate},
                                    {"arrival", &arrival},
                                    {"warmup", &warm_up},
                                    {"timeout", &timeout},
                                    {"drain", &drain},
                                    {"max_connections", &most_connections},
                                    {"on_overflow", &on_overflow},
                                    {"threads", &threads},
                                    {"seed", &seed},
                                    {"method", &method},
                                    {"content_type", &content_type},
                                    {"streams", &streams},
                                    {"h2_window", &http2_window},
                                    {"max_conn_requests", &most_requests},
                                    {"targets", &targets},
                                    {"targets_format", &targets_format},
                                    {"unix_socket", &unix_socket},
                                    {"read_rate", &read_rate},
                                    {"write_rate", &write_rate},
                                    {"ws_rate", &websocket_rate},
                                    {"expect_bytes", &expect_bytes},
                                    {"expect_contains", &expect_contains},
                                    {"expect_body_sha256", &expect_sha256}}) {
    text(name, *value);
  }
  list("stages", stages);
  list("resolve", resolve);
  list("slo", objectives);
  for (const auto& [name, on] : {std::pair{"spin", spin},
                                 {"insecure", insecure},
                                 {"http1", http1},
                                 {"http2", http2},
                                 {"h2c", h2c},
                                 {"ws", websocket},
                                 {"sse", events},
                                 {"no_keepalive", no_keep_alive},
                                 {"abort_on_fail", abort_on_fail}}) {
    flag(name, on);
  }
  // Values of fields and bodies may be tokens: of fields the names are told, of bodies that there was one.
  boost::json::array names;
  for (const auto& header : headers) names.emplace_back(header.substr(0, header.find(':')));
  if (!names.empty()) out["headers"] = std::move(names);
  flag("user", !user.empty());
  flag("data", !data.empty() || !forms.empty());
  return out;
}

}  // namespace loadtest::command
