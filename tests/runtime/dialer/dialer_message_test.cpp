#include "gateway/net/dialer_message.hpp"

#include <gtest/gtest.h>

#include <random>

namespace gw::net {
namespace {

const std::string id(64, 'a');

std::optional<DialerRequest> request_of(std::string_view bytes) { return decode_dialer_request({bytes.data(), bytes.size()}); }
std::optional<DialerReply> reply_of(std::string_view bytes) { return decode_dialer_reply({bytes.data(), bytes.size()}); }

std::vector<DialerRequest> every_request() {
  return {DialerAsk{7, id, 3, 2, 1},
          DialerRegister{8, id, 1ULL << 40, {*parse_ip_address("172.17.0.2"), *parse_ip_address("fe80::1")}},
          DialerUnregister{9, id, 4},
          DialerList{10, id},
          DialerList{11, ""},
          DialerPing{12}};
}

std::vector<DialerReply> every_reply() {
  return {DialerSockets{1, DialerStatus::ok, 1, 1, {*parse_ip_address("10.0.0.1")}},
          DialerDone{2, DialerStatus::old_generation, 0x0102030405060708, 99},
          DialerListing{3, {{id, 1}, {std::string(64, 'b'), 2}}}};
}

TEST(DialerMessage, every_message_comes_back_as_the_same_bytes) {
  for (const auto& message : every_request()) {
    const auto bytes = encode(message);
    const auto back = request_of(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(encode(*back), bytes);
  }
  for (const auto& message : every_reply()) {
    const auto bytes = encode(message);
    const auto back = reply_of(bytes);
    ASSERT_TRUE(back);
    EXPECT_EQ(encode(*back), bytes);
  }
}

TEST(DialerMessage, an_ask_keeps_its_fields) {
  const auto back = request_of(encode(DialerRequest(DialerAsk{7, id, 1ULL << 63, 12, 4})));
  const auto& ask = std::get<DialerAsk>(*back);
  EXPECT_EQ(ask.tag, 7U);
  EXPECT_EQ(ask.container, id);
  EXPECT_EQ(ask.generation, 1ULL << 63);
  EXPECT_EQ(ask.v4, 12);
  EXPECT_EQ(ask.v6, 4);
}

TEST(DialerMessage, a_message_cut_anywhere_is_refused) {
  for (const auto& message : every_request()) {
    const auto bytes = encode(message);
    // A listing without its id is the other listing; every other prefix is malformed.
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const bool other_listing = std::holds_alternative<DialerList>(message) && length == 6;
      EXPECT_EQ(request_of(bytes.substr(0, length)).has_value(), other_listing);
    }
  }
  for (const auto& message : every_reply()) {
    const auto bytes = encode(message);
    for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(reply_of(bytes.substr(0, length)));
  }
}

TEST(DialerMessage, bytes_left_over_are_refused) {
  for (const auto& message : every_request()) EXPECT_FALSE(request_of(encode(message) + 'x'));
  for (const auto& message : every_reply()) EXPECT_FALSE(reply_of(encode(message) + 'x'));
}

TEST(DialerMessage, another_version_is_refused) {
  auto bytes = encode(DialerRequest(DialerPing{1}));
  bytes[0] = 2;
  EXPECT_FALSE(request_of(bytes));
}

TEST(DialerMessage, an_unknown_kind_is_refused) {
  auto bytes = encode(DialerRequest(DialerPing{1}));
  for (int kind = 0; kind < 256; ++kind) {
    bytes[1] = static_cast<char>(kind);
    EXPECT_EQ(request_of(bytes).has_value(), kind == 4 || kind == 5) << kind;
  }
}

TEST(DialerMessage, more_sockets_than_sixteen_or_none_are_refused) {
  const auto with = [](int v4, int v6) {
    auto bytes = encode(DialerRequest(DialerAsk{1, id, 1, 1, 0}));
    bytes[bytes.size() - 2] = static_cast<char>(v4);
    bytes[bytes.size() - 1] = static_cast<char>(v6);
    return request_of(bytes).has_value();
  };
  EXPECT_TRUE(with(16, 0));
  EXPECT_TRUE(with(8, 8));
  EXPECT_FALSE(with(0, 0));
  EXPECT_FALSE(with(16, 1));
  EXPECT_FALSE(with(255, 255));
}

TEST(DialerMessage, an_answer_with_more_than_sixteen_sockets_is_refused) {
  auto bytes = encode(DialerReply(DialerSockets{1, DialerStatus::ok, 16, 0, {}}));
  ASSERT_TRUE(reply_of(bytes));
  bytes[8] = 1;
  EXPECT_FALSE(reply_of(bytes));
}

TEST(DialerMessage, an_id_that_is_not_64_lower_case_hex_digits_is_refused) {
  const auto bytes = encode(DialerRequest(DialerUnregister{1, id, 1}));
  for (const char bad : {'A', 'g', '/', '\0', ' ', static_cast<char>(0xc3)}) {
    auto changed = bytes;
    changed[20] = bad;
    EXPECT_FALSE(request_of(changed));
  }
}

TEST(DialerMessage, more_addresses_than_eight_are_refused) {
  DialerRegister most{1, id, 1, std::vector<IpAddress>(dialer_addresses)};
  auto bytes = encode(DialerRequest(most));
  ASSERT_TRUE(request_of(bytes));
  bytes[6 + 64 + 8] = 9;
  EXPECT_FALSE(request_of(bytes + std::string(17, '\4')));
}

TEST(DialerMessage, an_address_of_another_family_is_refused) {
  auto bytes = encode(DialerRequest(DialerRegister{1, id, 1, {*parse_ip_address("10.0.0.1")}}));
  bytes[6 + 64 + 8 + 1] = 5;
  EXPECT_FALSE(request_of(bytes));
}

TEST(DialerMessage, an_unknown_status_is_refused) {
  auto bytes = encode(DialerReply(DialerDone{1, DialerStatus::full, 1, 1}));
  ASSERT_TRUE(reply_of(bytes));
  bytes[6] = 7;
  EXPECT_FALSE(reply_of(bytes));
}

TEST(DialerMessage, a_packet_longer_than_any_message_is_refused) {
  EXPECT_FALSE(request_of(encode(DialerRequest(DialerPing{1})) + std::string(dialer_packet_bytes, '\0')));
}

TEST(DialerMessage, a_full_page_fits_into_a_packet) {
  DialerListing listing{1, std::vector<DialerListing::Entry>(dialer_page, {id, 1})};
  EXPECT_LE(encode(DialerReply(listing)).size(), dialer_packet_bytes);
}

TEST(DialerMessage, more_entries_than_a_page_are_refused) {
  auto bytes = encode(DialerReply(DialerListing{1, std::vector<DialerListing::Entry>(dialer_page, {id, 1})}));
  ASSERT_TRUE(reply_of(bytes));
  ++bytes[6];
  EXPECT_FALSE(reply_of(bytes + id + std::string(8, '\1')));
}

TEST(DialerMessage, damaged_messages_never_decode_out_of_bounds) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 20000; ++round) {
    const auto messages = every_request();
    auto bytes = encode(messages[random() % messages.size()]);
    for (std::size_t i = 0, changes = 1 + random() % 4; i < changes; ++i)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    const auto message = request_of(bytes);
    if (!message) continue;
    if (const auto* ask = std::get_if<DialerAsk>(&*message)) {
      EXPECT_TRUE(is_container_id(ask->container));
      EXPECT_LE(ask->v4 + ask->v6, 16);
    }
    if (const auto* registration = std::get_if<DialerRegister>(&*message)) {
      EXPECT_LE(registration->addresses.size(), dialer_addresses);
    }
  }
}

TEST(DialerMessage, addresses_are_read_as_text) {
  EXPECT_FALSE(parse_ip_address(""));
  EXPECT_FALSE(parse_ip_address("localhost"));
  EXPECT_FALSE(parse_ip_address("1.2.3.256"));
  EXPECT_FALSE(parse_ip_address(":::"));
  EXPECT_TRUE(parse_ip_address("::1")->v6);
  EXPECT_EQ(parse_ip_address("127.0.0.1")->bytes[0], 127);
}

}  // namespace
}  // namespace gw::net
