#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "tests/loadtest/drive/talk_scene.hpp"

namespace loadtest::drive {
namespace {

using test::TalkScene;

/// The other end: nghttp2's server, which answers when it is told to.
class Far {
 public:
  explicit Far(std::uint32_t most_streams = 100) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
                                                         [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
                                                           auto& far = *static_cast<Far*>(self);
                                                           if (frame->hd.type == NGHTTP2_HEADERS)
                                                             far.asked.push_back(frame->hd.stream_id);
                                                           if (frame->hd.type == NGHTTP2_RST_STREAM)
                                                             far.resets.push_back(frame->rst_stream.error_code);
                                                           return 0;
                                                         });
    nghttp2_session_server_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most_streams};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &settings, 1);
  }
  ~Far() { nghttp2_session_del(session_); }
  Far(const Far&) = delete;
  Far& operator=(const Far&) = delete;

  void hear(const std::string& bytes) {
    nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::string say() {
    std::string all;
    const std::uint8_t* frame = nullptr;
    for (ssize_t n = 0; (n = nghttp2_session_mem_send(session_, &frame)) > 0;)
      all.append(reinterpret_cast<const char*>(frame), static_cast<std::size_t>(n));
    return all;
  }
  /// Answers with a body of that many bytes; without an end if it is to go on.
  void answer(std::int32_t stream, const char* status, std::size_t body, bool end = true) {
    left_ = body;
    end_ = end;
    const std::array<nghttp2_nv, 1> fields{{field(":status", status)}};
    nghttp2_data_provider provider{};
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room, std::uint32_t* flags,
                                nghttp2_data_source* source, void*) {
      auto& far = *static_cast<Far*>(source->ptr);
      const std::size_t n = std::min(room, far.left_);
      std::fill_n(into, n, std::uint8_t{'x'});
      far.left_ -= n;
      if (far.left_ == 0 && far.end_) *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (n == 0 && !far.end_) return ssize_t{NGHTTP2_ERR_DEFERRED};
      return static_cast<ssize_t>(n);
    };
    nghttp2_submit_response(session_, stream, fields.data(), fields.size(), body != 0 || !end ? &provider : nullptr);
  }
  void reset(std::int32_t stream, std::uint32_t error) { nghttp2_submit_rst_stream(session_, 0, stream, error); }
  void goaway(std::int32_t last) { nghttp2_submit_goaway(session_, 0, last, NGHTTP2_NO_ERROR, nullptr, 0); }

  std::vector<std::int32_t> asked;
  std::vector<std::uint32_t> resets;

 private:
  static nghttp2_nv field(const char* name, const char* value) {
    return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name)), reinterpret_cast<std::uint8_t*>(const_cast<char*>(value)),
            std::strlen(name), std::strlen(value), NGHTTP2_NV_FLAG_NONE};
  }
  nghttp2_session* session_ = nullptr;
  std::size_t left_ = 0;
  bool end_ = true;
};

struct Http2 : TalkScene {
  explicit Http2(unsigned streams = 10, std::uint32_t most = 100, std::vector<plan::Target> targets = {get()})
      : TalkScene(std::move(targets)), far(most), talk(http2_talk(recorder, streams)) {
    exchange();
  }
  void exchange(Nanoseconds at = 1000) {
    for (auto out = said(*talk); !out.empty(); out = said(*talk)) {
      far.hear(out);
      tell(*talk, far.say(), at);
    }
    if (const auto more = far.say(); !more.empty()) {
      tell(*talk, more, at);
      far.hear(said(*talk));
    }
  }
  Flight& begin() {
    auto& made = flight();
    EXPECT_TRUE(talk->begin(made));
    return made;
  }
  Far far;
  std::unique_ptr<Talk> talk;
};

TEST(Http2Talk, answers_come_in_any_order) {
  Http2 scene;
  auto& first = scene.begin();
  auto& second = scene.begin();
  EXPECT_FALSE(first.written_out);
  scene.exchange();
  EXPECT_TRUE(first.written_out);
  ASSERT_EQ(2U, scene.far.asked.size());
  scene.far.answer(second.stream, "404", 100);
  scene.exchange(2000);
  ASSERT_EQ(Landed{&second}, scene.landed);
  EXPECT_EQ(Ending::answered, second.sample.ending);
  EXPECT_EQ(404, second.sample.status);
  EXPECT_EQ(100U, second.sample.bytes_in);
  EXPECT_EQ(2000, second.sample.first_byte);
  EXPECT_EQ(2000, second.sample.end);
  scene.far.answer(first.stream, "200", 0);
  scene.exchange(3000);
  ASSERT_EQ(2U, scene.landed.size());
  EXPECT_EQ(&first, scene.landed[1]);
  EXPECT_EQ(0U, scene.talk->flying());
}

TEST(Http2Talk, there_is_room_for_what_both_ends_allow) {
  EXPECT_EQ(10U, Http2(10, 100).talk->room());
  Http2 scene(10, 3);
  EXPECT_EQ(3U, scene.talk->room());
  auto& flight = scene.begin();
  EXPECT_EQ(2U, scene.talk->room());
  scene.exchange();
  scene.far.answer(flight.stream, "200", 0);
  scene.exchange();
  EXPECT_EQ(3U, scene.talk->room());
}

TEST(Http2Talk, a_reset_ends_one_stream) {
  Http2 scene;
  auto& broken = scene.begin();
  auto& good = scene.begin();
  scene.exchange();
  scene.far.answer(broken.stream, "200", 10, false);
  scene.exchange();
  scene.far.reset(broken.stream, NGHTTP2_INTERNAL_ERROR);
  scene.exchange(2000);
  ASSERT_EQ(Landed{&broken}, scene.landed);
  EXPECT_EQ(Ending::reset, broken.sample.ending);
  EXPECT_FALSE(broken.refused);
  EXPECT_TRUE(scene.talk->goes_on());
  scene.far.answer(good.stream, "200", 0);
  scene.exchange();
  EXPECT_EQ(Ending::answered, good.sample.ending);
}

TEST(Http2Talk, a_refused_stream_was_not_looked_at) {
  Http2 scene;
  auto& flight = scene.begin();
  scene.exchange();
  scene.far.reset(flight.stream, NGHTTP2_REFUSED_STREAM);
  scene.exchange();
  ASSERT_EQ(1U, scene.landed.size());
  EXPECT_TRUE(flight.refused);
}

TEST(Http2Talk, who_goes_away_finishes_what_it_names) {
  Http2 scene;
  auto& taken = scene.begin();
  auto& not_taken = scene.begin();
  scene.exchange();
  scene.far.goaway(taken.stream);
  scene.exchange();
  ASSERT_EQ(Landed{&not_taken}, scene.landed);
  EXPECT_TRUE(not_taken.refused);
  EXPECT_FALSE(scene.talk->goes_on());
  EXPECT_EQ(0U, scene.talk->room());
  EXPECT_EQ(1U, scene.talk->flying());
  scene.far.answer(taken.stream, "200", 5);
  scene.exchange();
  EXPECT_EQ(Ending::answered, taken.sample.ending);
}

TEST(Http2Talk, the_end_of_the_connection_is_the_end_of_all) {
  for (const bool orderly : {true, false}) {
    Http2 scene;
    auto& begun = scene.begin();
    auto& silent = scene.begin();
    scene.exchange();
    scene.far.answer(begun.stream, "200", 10, false);
    scene.exchange();
    scene.talk->ended(orderly, 3000, scene.landed);
    EXPECT_EQ(2U, scene.landed.size());
    EXPECT_EQ(orderly ? Ending::truncated : Ending::reset, begun.sample.ending);
    EXPECT_EQ(Ending::reset, silent.sample.ending);
    EXPECT_EQ(3000, begun.sample.end);
  }
}

TEST(Http2Talk, what_is_not_http2_is_malformed) {
  Http2 scene;
  auto& flight = scene.begin();
  scene.exchange();
  scene.tell(*scene.talk, std::string(64, '\xff'), 2000);
  ASSERT_EQ(1U, scene.landed.size());
  EXPECT_EQ(Ending::malformed, flight.sample.ending);
  EXPECT_FALSE(scene.talk->goes_on());
}

TEST(Http2Talk, what_is_given_up_is_cancelled_and_the_rest_goes_on) {
  Http2 scene;
  auto& late = scene.begin();
  auto& good = scene.begin();
  scene.exchange();
  EXPECT_TRUE(scene.talk->give_up(late));
  EXPECT_EQ(1U, scene.talk->flying());
  scene.exchange();
  EXPECT_EQ(std::vector<std::uint32_t>{NGHTTP2_CANCEL}, scene.far.resets);
  scene.far.answer(late.stream, "200", 0);
  scene.far.answer(good.stream, "200", 0);
  scene.exchange();
  EXPECT_EQ(Landed{&good}, scene.landed);
}

TEST(Http2Talk, fields_are_those_of_http2) {
  plan::Target target = TalkScene::get("POST", 3);
  target.fields = {{"X-Custom", "yes"}, {"Host", "other.test"}, {"Connection", "close"}, {"Content-Length", "7"}};
  const Http2 scene(10, 100, {target});
  std::string all;
  for (const auto& field : scene.lane.targets[0]->fields)
    all.append(reinterpret_cast<const char*>(field.name), field.namelen)
        .append("=")
        .append(reinterpret_cast<const char*>(field.value), field.valuelen)
        .append(" ");
  EXPECT_EQ(":method=POST :scheme=http :authority=other.test :path=/path?q=1 user-agent=spaceport-bench/" SPACEPORT_VERSION
            " x-custom=yes content-length=3 ",
            all);
}

TEST(Http2Talk, a_body_waits_for_the_peers_window) {
  Http2 scene(10, 100, {TalkScene::get("POST", 200'000)});
  auto& flight = scene.begin();
  const auto first = scene.said(*scene.talk);
  EXPECT_LT(first.size(), 70'000U) << "the window of a stream is 65,535 bytes";
  EXPECT_FALSE(flight.written_out);
  scene.far.hear(first);
  scene.tell(*scene.talk, scene.far.say());
  scene.exchange();
  EXPECT_TRUE(flight.written_out);
  EXPECT_EQ(200'000U, flight.sample.bytes_out);
}

// What a slow client has not been told of it has not read, and only what it has read may be sent again.
TEST(Http2Talk, a_slow_clients_windows_open_behind_what_it_has_read) {
  Http2 scene;
  scene.talk = http2_talk(scene.recorder, 10, {2048, 0});
  auto& flight = scene.begin();
  Far far;
  far.hear(scene.said(*scene.talk));
  far.answer(1, "200", 10'000);
  const auto first = far.say();
  EXPECT_LT(first.size(), 2048U + 200);
  EXPECT_GT(first.size(), 2048U);
  EXPECT_EQ("", far.say()) << "the rest waits for us";
  scene.tell(*scene.talk, first.substr(0, 500));
  far.hear(scene.said(*scene.talk));
  EXPECT_EQ("", far.say()) << "a quarter of a window is not worth a word";
  std::string heard = first.substr(500);
  std::size_t turns = 0;
  for (; !heard.empty() && turns != 20; ++turns) {
    EXPECT_LT(heard.size(), 2048U + 200);
    scene.tell(*scene.talk, heard);
    far.hear(scene.said(*scene.talk));
    heard = far.say();
  }
  EXPECT_GE(turns, 4U);
  ASSERT_EQ(1U, scene.landed.size());
  EXPECT_EQ(10'000U, flight.sample.bytes_in);
}

TEST(Http2Talk, windows_are_as_large_as_asked_for) {
  struct Case {
    Http2Windows windows;
    std::size_t of_one, of_three;  // bytes that come unread
  };
  for (const auto& [windows, of_one, of_three] : {Case{{1000, 1000}, 1000, 3000},  // a connection's is never below 65,535
                                                  Case{{100'000, 100'000}, 100'000, 100'000}, Case{{}, 200'000, 600'000}}) {
    Http2 scene(10);
    scene.talk = http2_talk(scene.recorder, 10, windows);
    for (int i = 0; i != 3; ++i) scene.begin();
    Far far;
    far.hear(scene.said(*scene.talk));
    ASSERT_EQ(3U, far.asked.size());
    far.answer(far.asked[0], "200", 200'000);
    std::size_t all = far.say().size();
    EXPECT_NEAR(static_cast<double>(all), static_cast<double>(of_one), 500) << windows.stream;
    for (std::size_t i = 1; i != 3; ++i) {
      far.answer(far.asked[i], "200", 200'000);
      all += far.say().size();
    }
    EXPECT_NEAR(static_cast<double>(all), static_cast<double>(of_three), 1500) << windows.stream;
  }
}

TEST(Http2Talk, all_streams_of_a_slow_client_have_no_more_than_64_kib_to_send) {
  Http2 scene(100);
  scene.talk = http2_talk(scene.recorder, 100, {2048, 0});
  for (int i = 0; i != 50; ++i) scene.begin();
  Far far;
  far.hear(scene.said(*scene.talk));
  std::size_t all = 0;
  for (const auto stream : far.asked) {
    far.answer(stream, "200", 10'000);
    all += far.say().size();
  }
  EXPECT_GT(all, 60'000U);
  EXPECT_LT(all, 65'535U + 5'000U);
}

}  // namespace
}  // namespace loadtest::drive
