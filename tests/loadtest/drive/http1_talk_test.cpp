#include "tests/loadtest/drive/talk_scene.hpp"

namespace loadtest::drive {
namespace {

using test::TalkScene;

struct Http1 : TalkScene {
  using TalkScene::TalkScene;
  std::unique_ptr<Talk> talk = http1_talk(recorder);
  Flight& begin(std::size_t target = 0) {
    auto& made = flight(target);
    EXPECT_TRUE(talk->begin(made));
    return made;
  }
};

constexpr std::string_view whole = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

TEST(Http1Talk, a_request_is_one_write) {
  Http1 scene({TalkScene::get("POST", 10)});
  auto& flight = scene.begin();
  EXPECT_TRUE(flight.written_out);
  EXPECT_EQ("POST /path?q=1 HTTP/1.1\r\nHost: a.test\r\nUser-Agent: spaceport-bench/" SPACEPORT_VERSION
            "\r\nContent-Length: 10\r\n\r\nbbbbbbbbbb",
            std::string(scene.talk->output().data(), scene.talk->output().size()));
  EXPECT_EQ(0U, scene.talk->room());
}

TEST(Http1Talk, a_large_body_is_not_copied) {
  Http1 scene({TalkScene::get("PUT", 1 << 20)});
  auto& flight = scene.begin();
  EXPECT_FALSE(flight.written_out);
  const auto head = scene.talk->output().size();
  scene.talk->wrote(head);
  EXPECT_TRUE(flight.written_out);
  EXPECT_EQ(static_cast<const void*>(scene.lane.targets[0]->body->data()), scene.talk->output().data());
  EXPECT_EQ(std::size_t{1} << 20, scene.said(*scene.talk).size());
  EXPECT_EQ(head + (1 << 20), flight.sample.bytes_out);
}

TEST(Http1Talk, an_answer_may_come_in_any_pieces) {
  for (const std::string_view answer :
       {whole, std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        std::string_view("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")})
    for (std::size_t cut = 1; cut != answer.size(); ++cut) {
      Http1 scene;
      auto& flight = scene.begin();
      scene.said(*scene.talk);
      scene.tell(*scene.talk, answer.substr(0, cut), 1000);
      EXPECT_TRUE(scene.landed.empty());
      scene.tell(*scene.talk, answer.substr(cut), 2000);
      ASSERT_EQ(Landed{&flight}, scene.landed) << cut;
      EXPECT_EQ(Ending::answered, flight.sample.ending);
      EXPECT_EQ(200, flight.sample.status);
      EXPECT_EQ(1000, flight.sample.first_byte);
      EXPECT_EQ(2000, flight.sample.end);
      EXPECT_EQ(answer.size(), flight.sample.bytes_in);
      EXPECT_EQ(1U, scene.talk->room());
    }
}

TEST(Http1Talk, an_answer_may_come_in_three_pieces) {
  const std::string_view answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
  for (std::size_t cut = 1; cut != answer.size(); ++cut)
    for (std::size_t other = cut + 1; other < answer.size(); ++other) {
      Http1 scene;
      auto& flight = scene.begin();
      scene.said(*scene.talk);
      scene.tell(*scene.talk, answer.substr(0, cut), 1000);
      scene.tell(*scene.talk, answer.substr(cut, other - cut), 2000);
      EXPECT_TRUE(scene.landed.empty());
      scene.tell(*scene.talk, answer.substr(other), 3000);
      ASSERT_EQ(Landed{&flight}, scene.landed) << cut << " " << other;
      EXPECT_EQ(Ending::answered, flight.sample.ending) << cut << " " << other;
    }
}

TEST(Http1Talk, answers_without_a_body_end_with_their_head) {
  Http1 scene({TalkScene::get("HEAD"), TalkScene::get()});
  scene.begin(0);
  scene.said(*scene.talk);
  scene.tell(*scene.talk, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(1U, scene.landed.size());
  scene.begin(1);
  scene.said(*scene.talk);
  scene.tell(*scene.talk, "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(2U, scene.landed.size());
  scene.begin(1);
  scene.said(*scene.talk);
  scene.tell(*scene.talk, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(3U, scene.landed.size());
  EXPECT_TRUE(scene.talk->goes_on());
}

TEST(Http1Talk, a_body_may_last_until_the_end_of_the_connection) {
  Http1 scene;
  auto& flight = scene.begin();
  scene.said(*scene.talk);
  scene.tell(*scene.talk, "HTTP/1.1 200 OK\r\n\r\nhello");
  EXPECT_TRUE(scene.landed.empty());
  scene.talk->ended(true, 2000, scene.landed);
  EXPECT_EQ(Landed{&flight}, scene.landed);
  EXPECT_EQ(Ending::answered, flight.sample.ending);
}

TEST(Http1Talk, an_end_inside_an_answer_is_told_from_a_break) {
  for (const bool orderly : {true, false})
    for (const std::string_view begun : {"HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
      Http1 scene;
      auto& flight = scene.begin();
      flight.sample.reused = true;
      scene.said(*scene.talk);
      scene.tell(*scene.talk, begun);
      scene.talk->ended(orderly, 2000, scene.landed);
      ASSERT_EQ(1U, scene.landed.size());
      EXPECT_EQ(orderly ? Ending::truncated : Ending::reset, flight.sample.ending);
      EXPECT_FALSE(flight.refused) << "some of an answer was read";
      EXPECT_EQ(2000, flight.sample.end);
    }
}

TEST(Http1Talk, only_an_orderly_end_of_a_used_connection_means_that_nobody_looked) {
  for (const bool orderly : {true, false})
    for (const bool reused : {true, false}) {
      Http1 scene;
      auto& flight = scene.begin();
      flight.sample.reused = reused;
      scene.talk->ended(orderly, 2000, scene.landed);
      EXPECT_EQ(Ending::reset, flight.sample.ending);
      EXPECT_EQ(orderly && reused, flight.refused);
    }
}

TEST(Http1Talk, a_connection_goes_on_only_where_both_know_where_they_are) {
  const auto goes_on = [](std::string_view answer) {
    Http1 scene;
    scene.begin();
    scene.said(*scene.talk);
    scene.tell(*scene.talk, answer);
    EXPECT_EQ(1U, scene.landed.size()) << answer;
    return scene.talk->goes_on();
  };
  EXPECT_TRUE(goes_on(whole));
  EXPECT_FALSE(goes_on("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"));
  EXPECT_FALSE(goes_on("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"));
  EXPECT_FALSE(goes_on("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more"));
}

TEST(Http1Talk, an_answer_that_overtakes_its_request_is_the_last_one) {
  Http1 scene({TalkScene::get("PUT", 1 << 20)});
  auto& flight = scene.begin();
  scene.talk->wrote(scene.talk->output().size());
  scene.tell(*scene.talk, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(1U, scene.landed.size());
  EXPECT_EQ(413, flight.sample.status);
  EXPECT_FALSE(scene.talk->goes_on());
}

TEST(Http1Talk, bytes_that_nobody_asked_for_end_it) {
  Http1 scene;
  scene.tell(*scene.talk, whole);
  EXPECT_FALSE(scene.talk->goes_on());
  EXPECT_EQ(0U, scene.talk->room());
}

TEST(Http1Talk, what_breaks_the_rules_is_malformed) {
  for (const std::string_view answer :
       {"SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    Http1 scene;
    auto& flight = scene.begin();
    scene.said(*scene.talk);
    scene.tell(*scene.talk, answer);
    ASSERT_EQ(1U, scene.landed.size()) << answer;
    EXPECT_EQ(Ending::malformed, flight.sample.ending);
    EXPECT_EQ(1000, flight.sample.end);
    EXPECT_FALSE(scene.talk->goes_on());
  }
}

TEST(Http1Talk, what_is_given_up_takes_the_connection_along) {
  Http1 scene;
  auto& flight = scene.begin();
  EXPECT_FALSE(scene.talk->give_up(flight));
  EXPECT_EQ(0U, scene.talk->flying());
  EXPECT_FALSE(scene.talk->goes_on());
  scene.talk->ended(false, 2000, scene.landed);
  EXPECT_TRUE(scene.landed.empty());
}

}  // namespace
}  // namespace loadtest::drive
