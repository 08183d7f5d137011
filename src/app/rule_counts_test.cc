#include "app/rule_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lectern::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string lines_of(const RuleCounts& counts) {
  std::string out;
  counts.write(out);
  return out;
}

// L9, D65.
TEST(RuleCounts, CountsByRule) {
  RuleCounts counts;
  counts.know(gate::default_rules());
  counts.refused("join_codes");
  counts.refused("join_codes");
  counts.refused("nobody's");
  counts.know({{"own", gate::Scope::ip, 1, 1, {}}, {"join_codes", gate::Scope::ip, 1, 1, {}}});
  counts.refused("own");
  const auto text = lines_of(counts);
  for (const auto* line : {"{rule=\"join_codes\"} 2\n", "{rule=\"own\"} 1\n",
                           "{rule=\"other\"} 1\n", "{rule=\"user_messages\"} 0\n"})
    EXPECT_THAT(text, HasSubstr(std::string("\nlectern_limit_refused_total") + line));
}

TEST(RuleCounts, IsBounded) {
  RuleCounts counts;
  for (int i = 0; i < 300; ++i)
    counts.know({{"rule" + std::to_string(i), gate::Scope::ip, 1, 1, {}}});
  counts.refused("rule127");
  counts.refused("rule128");
  EXPECT_THAT(lines_of(counts), HasSubstr("{rule=\"rule127\"} 1\n"));
  EXPECT_THAT(lines_of(counts), Not(HasSubstr("rule128")));
  EXPECT_THAT(lines_of(counts), HasSubstr("{rule=\"other\"} 1\n"));
}

}  // namespace
}  // namespace lectern::app
