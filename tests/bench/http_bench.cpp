// What a head, its fields, a target and a chunked body cost; Beast's parser beside ours on the same bytes.

#include <benchmark/benchmark.h>

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <string>
#include <string_view>

#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/serializer.hpp"
#include "gateway/http/target.hpp"

namespace gw::http {
namespace {

const std::string small =
    "GET /index.html?a=b HTTP/1.1\r\nHost: demo.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
const std::string browser =
    "GET /static/app/main.js?v=17 HTTP/1.1\r\nHost: demo.example.com\r\nConnection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\nCache-Control: max-age=0\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\nReferer: https://demo.example.com/\r\n"
    "Sec-Fetch-Mode: navigate\r\nUpgrade-Insecure-Requests: 1\r\nX-Request-Id: 0af7651916cd43dd8448eb211c80319c\r\n\r\n";

void parse(benchmark::State& state, const std::string& text) {
  h1::RequestParser parser;
  RequestHead head;
  for (auto _ : state) {
    auto parsed = parser.parse(text, head);
    if (!parsed || *parsed != text.size()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(head);
  }
}
void parse_beast(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    boost::beast::http::request_parser<boost::beast::http::empty_body> parser;
    boost::system::error_code error;
    parser.put(boost::asio::buffer(text), error);
    if (error || !parser.is_header_done()) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser);
  }
}
BENCHMARK_CAPTURE(parse, small, small);
BENCHMARK_CAPTURE(parse_beast, small, small);
BENCHMARK_CAPTURE(parse, browser, browser);
BENCHMARK_CAPTURE(parse_beast, browser, browser);

void write_request(benchmark::State& state) {
  h1::RequestParser parser;
  RequestHead head;
  if (!parser.parse(browser, head)) state.SkipWithError("refused");
  std::string out;
  for (auto _ : state) {
    out.clear();
    h1::append_request(out, head);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_request);

void fields_add_and_find(benchmark::State& state) {
  Fields fields;
  for (auto _ : state) {
    fields.clear();
    fields.add("content-type", "text/plain");
    fields.add("x-something", "1");
    fields.add("set-cookie", "a=b");
    benchmark::DoNotOptimize(fields.find(Name::set_cookie));
  }
}
BENCHMARK(fields_add_and_find);

void normalise(benchmark::State& state, std::string_view path) {
  std::string out;
  for (auto _ : state) benchmark::DoNotOptimize(normalise_path(path, out));
}
BENCHMARK_CAPTURE(normalise, already_normal, "/static/app/main.js");
BENCHMARK_CAPTURE(normalise, with_work, "/static/./app/%7Euser/../main.js");

void decode_chunked(benchmark::State& state) {
  std::string text;
  for (int i = 0; i != 16; ++i) text += "400\r\n" + std::string(1024, 'x') + "\r\n";
  text += "0\r\n\r\n";
  h1::BodyDecoder decoder;
  for (auto _ : state) {
    decoder.start(h1::Framing::chunked, 0, net::Side::client);
    std::size_t at = 0;
    while (!decoder.done()) at += decoder.decode(std::span{text}.subspan(at))->consumed;
    benchmark::DoNotOptimize(at);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode_chunked);

}  // namespace
}  // namespace gw::http
