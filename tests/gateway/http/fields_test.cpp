#include "gateway/http/fields.hpp"

#include <gtest/gtest.h>

#include "gateway/http/characters.hpp"

#include <string>

namespace gw::http {
namespace {

TEST(Fields, every_known_name_is_found_by_its_text) {
  for (unsigned i = 1; i != static_cast<unsigned>(Name::count_); ++i) {
    const auto name = static_cast<Name>(i);
    EXPECT_EQ(known_name(text(name)), name) << text(name);
  }
}

TEST(Fields, names_that_nobody_knows_are_other) {
  for (const char* name : {"", "a", "x", "hosts", "x-forwarded-fox", "a-name-longer-than-all-the-known-ones", "Host"})
    EXPECT_EQ(known_name(name), Name::other) << name;
}

// As a parser does.
Fields::Field receive(Fields& fields, std::string_view name, std::string_view value) {
  char* const at = fields.room(name.size() + value.size());
  for (std::size_t i = 0; i != name.size(); ++i) at[i] = lower_token(name[i]);
  return fields.add_received(name.size(), value);
}

TEST(Fields, received_names_are_kept_in_lower_case) {
  Fields fields;

  const Fields::Field field = receive(fields, "X-ReQuest-ID", "AbC");

  EXPECT_EQ(field.id, Name::x_request_id);
  EXPECT_EQ(field.name, "x-request-id");
  EXPECT_EQ(field.value, "AbC");
}

TEST(Fields, order_and_repetition_are_kept) {
  Fields fields;
  fields.add("set-cookie", "a=1");
  fields.add(Name::server, "s");
  fields.add(Name::set_cookie, "b=2");

  std::string seen;
  for (const Fields::Field field : fields) seen += std::string{field.name} + "=" + std::string{field.value} + ";";

  EXPECT_EQ(seen, "set-cookie=a=1;server=s;set-cookie=b=2;");
  EXPECT_EQ(fields.count(Name::set_cookie), 2u);
}

TEST(Fields, set_replaces_all_of_that_name) {
  Fields fields;
  fields.add(Name::via, "1.1 a");
  fields.add(Name::accept, "x");
  fields.add(Name::via, "1.1 b");

  fields.set(Name::via, "1.1 c");

  EXPECT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields.find(Name::via), "1.1 c");
}

TEST(Fields, erase_removes_known_and_other_names) {
  Fields fields;
  fields.add("x-one", "1");
  fields.add(Name::accept, "2");
  fields.add("x-two", "3");

  fields.erase("x-one");
  fields.erase(Name::accept);

  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields[0].name, "x-two");
  EXPECT_FALSE(fields.find("x-one"));
}

TEST(Fields, the_last_field_can_be_taken_back) {
  Fields fields;
  fields.add("one", "1");
  receive(fields, "Two", "2");

  fields.drop_last();
  fields.add("three", "3");

  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[1].name, "three");
  EXPECT_EQ(fields.find("three"), "3");
}

TEST(Fields, clear_forgets) {
  Fields fields;
  fields.add("one", "1");
  fields.clear();
  EXPECT_TRUE(fields.empty());
  fields.add("two", "2");
  EXPECT_EQ(fields.find("two"), "2");
  EXPECT_FALSE(fields.find("one"));
}

TEST(Fields, a_value_may_be_a_view_of_another_field) {
  Fields fields;
  fields.add("one", std::string(300, 'x'));
  for (int i = 0; i != 20; ++i) {
    fields.add("again", fields[0].value);
    fields.set(Name::via, fields[0].value);
  }
  for (const Fields::Field field : fields) EXPECT_EQ(field.value, std::string(300, 'x'));
}

std::string lines_without(const Fields& fields, Name left_out, int& pieces) {
  std::string all;
  pieces = 0;
  fields.lines_without(left_out, [&](std::string_view lines) {
    all += lines;
    ++pieces;
  });
  return all;
}

TEST(Fields, lines_come_in_as_few_pieces_as_they_stand_in) {
  Fields fields;
  fields.add("one", "1");
  fields.add(Name::trailer, "t");
  fields.add("two", "");
  fields.add("three", "3");
  int pieces = 0;
  EXPECT_EQ(lines_without(fields, Name::count_, pieces), "one: 1\r\ntrailer: t\r\ntwo: \r\nthree: 3\r\n");
  EXPECT_EQ(pieces, 1);
  EXPECT_EQ(lines_without(fields, Name::trailer, pieces), "one: 1\r\ntwo: \r\nthree: 3\r\n");
  EXPECT_EQ(pieces, 2);
  fields.erase("three");
  fields.erase("one");
  fields.add("four", "4");
  EXPECT_EQ(lines_without(fields, Name::count_, pieces), "trailer: t\r\ntwo: \r\nfour: 4\r\n");
  EXPECT_EQ(pieces, 2);
  EXPECT_GE(fields.most_bytes(), lines_without(fields, Name::count_, pieces).size());
  fields.clear();
  EXPECT_EQ(lines_without(fields, Name::count_, pieces), "");
  EXPECT_EQ(pieces, 0);
}

}  // namespace
}  // namespace gw::http
