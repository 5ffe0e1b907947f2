#include "runtime/supervise/history.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "runtime/state/trouble.hpp"

namespace runtime::supervise {
namespace {

using state::DeploymentStatus;
using state::Trouble;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

state::DeploymentRecord made(std::int64_t n, const std::string& image, std::int64_t origin = 0,
                             DeploymentStatus status = DeploymentStatus::serving) {
  state::DeploymentRecord record;
  record.space = "t/x";
  record.n = n;
  record.image = image;
  record.origin = origin;
  record.status = image.empty() ? DeploymentStatus::failed : status;
  return record;
}

std::string refusal(const Deployments& history, std::int64_t n) {
  try {
    rollback_target(history, history.front(), n);
  } catch (const Trouble& trouble) {
    return std::string(trouble.what()) + " / " + trouble.next();
  }
  return "none";
}

TEST(Tidy, keeps_the_newest_images) {
  const Deployments history{made(5, "e"), made(4, ""), made(3, "c"), made(2, "b"), made(1, "a")};
  EXPECT_THAT(tidy(history, {5}, 3).images, ElementsAre(1));
  EXPECT_THAT(tidy(history, {5}, 1).images, ElementsAre(3, 2, 1));
  EXPECT_THAT(tidy(history, {5}, 9).images, IsEmpty());
}

TEST(Tidy, keeps_what_is_in_use_however_old) {
  const Deployments history{made(4, "d"), made(3, "c"), made(2, "b"), made(1, "a")};
  EXPECT_THAT(tidy(history, {4, 1}, 2).images, ElementsAre(3, 2));
}

TEST(Tidy, counts_an_image_once) {
  const Deployments history{made(5, "b"), made(4, "b"), made(3, "b"), made(2, "a"), made(1, "z")};
  EXPECT_THAT(tidy(history, {5}, 2).images, ElementsAre(1));
}

TEST(Tidy, an_image_that_was_gone_back_to_is_as_new_as_that) {
  const Deployments history{made(4, "a", 1), made(3, "c"), made(2, "b"), made(1, "a")};
  EXPECT_THAT(tidy(history, {4}, 2).images, ElementsAre(2));
}

TEST(Tidy, forgets_old_deployments_but_not_the_builder_of_a_kept_image) {
  Deployments history{made(200, "a", 1)};
  for (std::int64_t n = 199; n != 0; --n) history.push_back(made(n, n == 1 ? "a" : n == 2 ? "b" : ""));
  const auto forgotten = tidy(history, {200}, 1).records;
  EXPECT_EQ(forgotten.size(), 200 - kept_records - 1);
  EXPECT_EQ(std::count(forgotten.begin(), forgotten.end(), 1), 0) << "the image has its name";
  EXPECT_EQ(std::count(forgotten.begin(), forgotten.end(), 2), 1);
  EXPECT_EQ(std::count(forgotten.begin(), forgotten.end(), 151), 0) << "it is among the newest";
  const auto others = tidy(history, {200, 7}, 1).records;
  EXPECT_EQ(std::count(others.begin(), others.end(), 7), 0) << "it is in use";
}

TEST(RollbackTarget, without_a_number_is_the_version_before_that_has_served) {
  const Deployments history{made(5, "e"), made(4, "d", 0, DeploymentStatus::built), made(3, ""), made(2, "e"), made(1, "a")};
  EXPECT_EQ(rollback_target(history, history.front(), 0).n, 1) << "4 never served, 3 has no image, 2 is the same image";
}

TEST(RollbackTarget, is_the_one_of_the_number) {
  const Deployments history{made(3, "c"), made(2, "b", 0, DeploymentStatus::built), made(1, "a")};
  EXPECT_EQ(rollback_target(history, history.front(), 2).n, 2);
}

TEST(RollbackTarget, says_what_there_is_instead) {
  auto forgotten = made(2, "");
  forgotten.status = DeploymentStatus::serving;
  const Deployments history{made(5, "e"), made(4, "d"), made(3, ""), forgotten};
  EXPECT_THAT(refusal(history, 9), AllOf(HasSubstr("t/x has no deployment 9"), HasSubstr("images are kept of 5, 4")));
  EXPECT_THAT(refusal(history, 3), HasSubstr("deployment 3 of t/x has no image: its build failed"));
  EXPECT_THAT(refusal(history, 2), HasSubstr("it is not kept any more"));
  EXPECT_THAT(refusal(history, 5), HasSubstr("deployment 5 of t/x is the wanted one already"));
  EXPECT_THAT(refusal({made(1, "a")}, 0), HasSubstr("no earlier version"));
}

}  // namespace
}  // namespace runtime::supervise
