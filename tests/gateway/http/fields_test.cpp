#include "gateway/http/fields.hpp"

#include <gtest/gtest.h>

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

TEST(Fields, received_names_are_kept_in_lower_case) {
  Fields fields;

  const Fields::Field field = fields.add_received("X-ReQuest-ID", "AbC");

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
  fields.add_received("Two", "2");

  fields.drop_last();
  fields.add("three", "3");

  ASSERT_EQ(fields.size(), 2u);
  EXPECT_EQ(fields[1].name, "three");
  EXPECT_EQ(fields.find("three"), "3");
}

TEST(Fields, clear_forgets_and_release_gives_back) {
  Fields fields;
  fields.add("one", "1");
  fields.clear();
  EXPECT_TRUE(fields.empty());
  fields.add("one", "1");
  fields.release();
  EXPECT_TRUE(fields.empty());
}

}  // namespace
}  // namespace gw::http
