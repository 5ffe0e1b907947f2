#include "loadtest/plan/slo.hpp"

#include <gtest/gtest.h>

namespace loadtest::plan {
namespace {

TEST(Slo, ReadsPercentiles) {
  const auto slo = parse_slo(" p99.9 <= 250ms ").value;
  ASSERT_TRUE(slo);
  EXPECT_EQ(slo->of, Slo::Of::percentile);
  EXPECT_DOUBLE_EQ(slo->quantile, 0.999);
  EXPECT_TRUE(slo->below);
  EXPECT_TRUE(slo->or_equal);
  EXPECT_DOUBLE_EQ(slo->limit, 250e6);
  EXPECT_EQ(slo->text, "p99.9 <= 250ms");
  EXPECT_FALSE(slo->first_byte);
  EXPECT_FALSE(parse_slo("p50<1s").value->or_equal);
  EXPECT_DOUBLE_EQ(parse_slo("median<1s").value->quantile, 0.5);
}

TEST(Slo, ReadsEverythingElse) {
  EXPECT_EQ(parse_slo("mean<20ms").value->of, Slo::Of::mean);
  EXPECT_EQ(parse_slo("max<2s").value->of, Slo::Of::maximum);
  EXPECT_TRUE(parse_slo("ttfb_p95<50ms").value->first_byte);
  const auto errors = parse_slo("errors<0.1%").value;
  EXPECT_EQ(errors->of, Slo::Of::errors);
  EXPECT_DOUBLE_EQ(errors->limit, 0.1);
  const auto share = parse_slo("rate>=99%").value;
  EXPECT_TRUE(share->relative);
  EXPECT_FALSE(share->below);
  EXPECT_DOUBLE_EQ(share->limit, 99);
  const auto rate = parse_slo("rate>5k/s").value;
  EXPECT_FALSE(rate->relative);
  EXPECT_DOUBLE_EQ(rate->limit, 5000);
  EXPECT_DOUBLE_EQ(parse_slo("requests>=10k").value->limit, 10'000);
}

TEST(Slo, SaysWhatIsWrong) {
  EXPECT_NE(parse_slo("p99").message.find("such as p99<250ms"), std::string::npos);
  EXPECT_NE(parse_slo("error<1%").message.find("did you mean \"errors\""), std::string::npos);
  EXPECT_EQ(parse_slo("p99<250").message, "the limit of p99 needs a unit: write 250ms or 2s");
  EXPECT_EQ(parse_slo("p99<").message, "the limit of p99 is missing");
  for (const auto* text :
       {"p0<1s", "p100<1s", "p<1s", "pp9<1s", "ttfb_errors<1%", "errors<5", "errors<200%", "rate>x", "<1s"}) {
    const auto parsed = parse_slo(text);
    EXPECT_EQ(static_cast<bool>(parsed), std::string_view(text) == "errors<5") << text << ": " << parsed.message;
  }
}

}  // namespace
}  // namespace loadtest::plan
