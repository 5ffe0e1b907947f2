#include "gateway/proxy/access_log.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace gw::proxy {
namespace {

/// A pipe that never blocks.
struct Pipe {
  Pipe() { EXPECT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0); }
  ~Pipe() {
    close(ends[0]);
    close(ends[1]);
  }
  std::string read_all() {
    std::string text(1 << 20, '\0');
    const ssize_t got = read(ends[0], text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
  }
  int ends[2];
};

AccessRecord record() {
  AccessRecord made;
  made.time = AccessRecord::Time(std::chrono::milliseconds(1'700'000'000'042));
  made.client = "192.0.2.7";
  made.method = "GET";
  made.path = "/";
  made.status = 200;
  made.total = std::chrono::microseconds(1'250);
  return made;
}

TEST(AccessLog, writes_one_json_line_an_exchange) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  AccessRecord one = record();
  one.connect = std::chrono::microseconds(7);
  log.write(one);
  log.flush();
  const std::string line = pipe.read_all();
  ASSERT_EQ(line.back(), '\n');
  const auto json = boost::json::parse(line).as_object();
  EXPECT_EQ(json.at("time").as_string(), "2023-11-14T22:13:20.042Z");
  EXPECT_EQ(json.at("status").as_int64(), 200);
  EXPECT_DOUBLE_EQ(json.at("total_ms").as_double(), 1.25);
  EXPECT_DOUBLE_EQ(json.at("connect_ms").as_double(), 0.007);
  EXPECT_FALSE(json.contains("first_byte_ms"));
  EXPECT_FALSE(json.contains("cause"));
}

TEST(AccessLog, every_byte_comes_back_wherever_it_stands) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  for (unsigned value = 0; value != 256; ++value) {
    std::string lines;
    for (std::size_t at = 0; at != 19; ++at) {
      std::string agent = "0123456789abcdefghi";
      agent[at] = static_cast<char>(value);
      AccessRecord one = record();
      one.user_agent = agent;
      log.write(one);
      log.flush();
      std::string expected = agent;
      // JSON is UTF-8, a byte from 0x80 on is the character of its value.
      if (value >= 0x80) {
        const char two[] = {static_cast<char>(0xC0 | (value >> 6)), static_cast<char>(0x80 | (value & 0x3F))};
        expected.replace(at, 1, two, 2);
      }
      const auto line = pipe.read_all();
      EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](char c) { return c >= ' ' && c < 0x7F; })) << value;
      EXPECT_EQ(boost::json::parse(line).as_object().at("user_agent").as_string(), expected) << value << " at " << at;
    }
  }
}

TEST(AccessLog, the_longest_line_fits) {
  const int file = ::memfd_create("log", MFD_CLOEXEC);
  AccessLog log(file);
  const std::string endless(1 << 20, '\x01');
  AccessRecord one = record();
  for (auto* text : {&one.client, &one.host, &one.method, &one.path, &one.cause, &one.endpoint, &one.site, &one.request_id,
                     &one.trace_id, &one.protocol, &one.tls, &one.user_agent, &one.tunnel})
    *text = endless;
  one.bytes_in = one.bytes_out = ~std::uint64_t{0};
  one.wait = one.queue = one.connect = one.first_byte = one.total = AccessRecord::Span::max();
  // So many that one begins just before the buffer is full.
  for (int i = 0; i != 20; ++i) log.write(one);
  log.flush();
  std::string text(1 << 20, '\0');
  const auto size = ::pread(file, text.data(), text.size(), 0);
  ::close(file);
  ASSERT_GT(size, 20 * 10'000);
  text.resize(static_cast<std::size_t>(size));
  EXPECT_EQ(20, std::count(text.begin(), text.end(), '\n'));
  EXPECT_EQ(text.substr(0, text.size() / 20), text.substr(text.size() / 20 * 19)) << "all the same";
}

TEST(AccessLog, phases_and_names_that_are_not_always_there) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  AccessRecord one = record();
  log.write(one);
  one.queue = std::chrono::microseconds(1'500);
  one.trace_id = "0af7651916cd43dd8448eb211c80319c";
  one.tls = "TLSv1.3";
  log.write(one);
  log.flush();
  const std::string lines = pipe.read_all();
  const auto plain = boost::json::parse(lines.substr(0, lines.find('\n'))).as_object();
  for (const char* key : {"queue_ms", "wait_ms", "trace_id", "tls"}) EXPECT_FALSE(plain.contains(key)) << key;
  const auto full = boost::json::parse(lines.substr(lines.find('\n') + 1)).as_object();
  EXPECT_DOUBLE_EQ(full.at("queue_ms").as_double(), 1.5);
  EXPECT_EQ(full.at("trace_id").as_string(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(full.at("tls").as_string(), "TLSv1.3");
}

TEST(AccessLog, hostile_bytes_stay_inside_their_string) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  AccessRecord one = record();
  const std::string evil("a\"b\\c\n\x01\x7f\xff\xc3", 10);
  one.user_agent = evil;
  one.path = "/\r\n{\"status\":200}";
  log.write(one);
  log.flush();
  const std::string line = pipe.read_all();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  const auto json = boost::json::parse(line).as_object();
  EXPECT_EQ(json.at("path").as_string(), "/\r\n{\"status\":200}");
}

TEST(AccessLog, what_a_client_sends_cannot_make_a_long_line) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  const std::string huge(100'000, 'x');
  AccessRecord one = record();
  one.user_agent = huge;
  one.path = huge;
  one.host = huge;
  log.write(one);
  log.flush();
  const auto json = boost::json::parse(pipe.read_all()).as_object();
  EXPECT_EQ(json.at("user_agent").as_string().size(), 256u);
}

TEST(AccessLog, gathers_until_64_kib) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  log.write(record());
  EXPECT_TRUE(pipe.read_all().empty());
  for (int i = 0; i != 1000; ++i) log.write(record());
  EXPECT_FALSE(pipe.read_all().empty());
}

TEST(AccessLog, a_full_descriptor_drops_whole_lines_and_counts_them) {
  Pipe pipe;
  AccessLog log(pipe.ends[1]);
  constexpr int sent = 5'000;
  for (int i = 0; i != sent; ++i) log.write(record());
  log.flush();
  EXPECT_GT(log.dropped_lines(), 0u);
  const std::string text = pipe.read_all();
  const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(lines + log.dropped_lines(), static_cast<std::uint64_t>(sent));
}

TEST(AccessLog, off_writes_nothing) {
  EXPECT_EQ(open_access_log("off"), -1);
  AccessLog log(-1);
  log.write(record());
  EXPECT_FALSE(log.enabled());
  EXPECT_EQ(open_access_log("/nonexistent/folder/log"), -2);
}

}  // namespace
}  // namespace gw::proxy
