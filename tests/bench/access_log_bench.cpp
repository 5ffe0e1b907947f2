// What log and metrics add to one request: its line, with the clocks that are read for it, and its place in the counts.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include "gateway/proxy/access_log.hpp"
#include "gateway/proxy/tally.hpp"

namespace gw::proxy {
namespace {

AccessRecord record() {
  AccessRecord made;
  made.time = std::chrono::system_clock::now();
  made.client = "203.0.113.77";
  made.host = "local-demo.example.com";
  made.method = "GET";
  made.path = "/path/of/a/page";
  made.status = 200;
  made.bytes_out = 1024;
  made.wait = std::chrono::microseconds(21);
  made.connect = std::chrono::microseconds(0);
  made.first_byte = std::chrono::microseconds(1234);
  made.total = std::chrono::microseconds(1301);
  made.endpoint = "127.0.0.1:7860";
  made.site = "local/demo";
  made.request_id = "0123456789abcdef";
  made.trace_id = "0af7651916cd43dd8448eb211c80319c";
  made.protocol = "http/1.1";
  made.tls = "TLSv1.3";
  made.user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  return made;
}

void one_line(benchmark::State& state) {
  const int file = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  AccessLog log(file);
  for (auto _ : state) {
    benchmark::DoNotOptimize(net::Clock::now());
    log.write(record());
  }
  ::close(file);
}
BENCHMARK(one_line);

void one_count(benchmark::State& state) {
  Tally tally("local/demo", 1);
  Ended ended;
  ended.status = 200;
  ended.took = std::chrono::milliseconds(30);
  ended.bytes_out = 1024;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ended);
    tally.at(0).ended(ended);
  }
}
BENCHMARK(one_count);

}  // namespace
}  // namespace gw::proxy
