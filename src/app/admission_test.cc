#include "app/admission.h"

#include <gtest/gtest.h>

namespace lectern::app {
namespace {

using End = Admission::LoginEnd;
const auto kWrong = [] { return false; };
constexpr TimeMs kNow = 1'700'000'000'000;

void fail_logins(Admission& admission, const char* account, const char* address, int times) {
  for (int i = 0; i < times; ++i) {
    if (!admission.begin_login(account, address, kNow)) {
      admission.end_login(account, address, End::wrong, kNow);
    }
  }
}

// L2, D13
TEST(Admission, RefusesFailedConnectionsOfOneAddressAfterTen) {
  Admission admission(gate::default_rules());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(admission.failed_connection("a", kNow));
  const auto refusal = admission.failed_connection("a", kNow + 1000);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->rule, "ip_connections");
  EXPECT_EQ(refusal->retry_after_ms, 59000);
  EXPECT_FALSE(admission.failed_connection("b", kNow));
  EXPECT_FALSE(admission.failed_connection("a", kNow + 60001));
}

TEST(Admission, NewRulesKeepTheCountOfThoseThatStayTheSame) {
  auto rules = gate::default_rules();
  Admission admission(rules);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(admission.failed_connection("a", kNow));
  fail_logins(admission, "ann", "a", 9);
  EXPECT_FALSE(admission.begin_login("ann", "a", kNow)) << "the tenth is under way";
  gate::replace_rule(rules, {"join_codes", gate::Scope::ip, 60000, 1, {}});
  gate::replace_rule(rules, {"failed_logins", gate::Scope::ip, 60000, 1, {}});
  admission.replace_rules(rules);
  EXPECT_TRUE(admission.failed_connection("a", kNow));
  EXPECT_FALSE(admission.try_join_code("a", kNow, kWrong));
  EXPECT_TRUE(admission.try_join_code("a", kNow, kWrong));
  EXPECT_TRUE(admission.begin_login("ann", "a", kNow)) << "it is under way still";
  admission.end_login("ann", "a", End::wrong, kNow);
  EXPECT_TRUE(admission.begin_login("ann", "a", kNow));
  gate::replace_rule(rules, {"ip_connections", gate::Scope::ip, 60000, 0, {}});
  admission.replace_rules(rules);
  EXPECT_FALSE(admission.failed_connection("a", kNow));
}

// L1
TEST(Admission, RefusesFailedConnectionsOfAllAddressesTogether) {
  Admission admission(gate::default_rules());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(admission.failed_connection(std::to_string(i), kNow));
  }
  EXPECT_EQ(admission.failed_connection("new", kNow)->rule, "global_connections");
}

TEST(Admission, LocksAnAccountForTheAttackersAddressOnly) {
  Admission admission(gate::default_rules());
  fail_logins(admission, "ada", "bad", 10);
  EXPECT_EQ(admission.begin_login("ada", "bad", kNow)->rule, "failed_logins");
  EXPECT_EQ(admission.begin_login("ADA", "bad", kNow)->rule, "failed_logins");
  EXPECT_FALSE(admission.begin_login("ada", "good", kNow));
}

// D60: attempts in parallel.
TEST(Admission, CountsLoginsThatAreUnderWay) {
  Admission admission(gate::default_rules());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(admission.begin_login("ada", "a", kNow));
  EXPECT_TRUE(admission.begin_login("ada", "a", kNow));
  admission.end_login("ada", "a", End::undecided, kNow);
  EXPECT_FALSE(admission.begin_login("ada", "a", kNow));
}

TEST(Admission, AGoodLoginForgetsTheFailuresBefore) {
  Admission admission(gate::default_rules());
  fail_logins(admission, "ada", "a", 9);
  EXPECT_FALSE(admission.begin_login("ada", "a", kNow));
  admission.end_login("ada", "a", End::good, kNow);
  fail_logins(admission, "ada", "a", 9);
  EXPECT_FALSE(admission.begin_login("ada", "a", kNow));
}

TEST(Admission, NeighboursDoNotLockOutWhoSignedInBefore) {
  Admission admission(gate::default_rules());
  EXPECT_FALSE(admission.begin_login("ada", "school", kNow));
  admission.end_login("ada", "school", End::good, kNow);
  for (int i = 0; i < 100; ++i) {
    fail_logins(admission, ("user" + std::to_string(i)).c_str(), "school", 1);
  }
  EXPECT_EQ(admission.begin_login("ben", "school", kNow)->rule, "failed_logins_address");
  EXPECT_FALSE(admission.begin_login("ada", "school", kNow));
}

TEST(Admission, KnowsWhereAnAccountSignedInBeforeTheStart) {
  Admission admission(gate::default_rules());
  admission.know("Ada", "school");
  for (int i = 0; i < 100; ++i) {
    fail_logins(admission, ("user" + std::to_string(i)).c_str(), "school", 1);
  }
  EXPECT_TRUE(admission.begin_login("ben", "school", kNow));
  EXPECT_FALSE(admission.begin_login("ada", "school", kNow));
}

TEST(Admission, CountsWrongJoinCodesOnly) {
  Admission admission(gate::default_rules());
  for (int i = 0; i < 60; ++i) {
    EXPECT_FALSE(admission.try_join_code("a", kNow, kWrong));
  }
  EXPECT_EQ(admission.try_join_code("a", kNow, kWrong)->rule, "join_codes");
}

TEST(Admission, ForgetsIdleAddresses) {
  Admission admission(gate::default_rules());
  admission.failed_connection("a", kNow);
  EXPECT_GT(admission.keys(), 0U);
  admission.sweep(kNow + 60001);
  EXPECT_EQ(admission.keys(), 0U);
}

}  // namespace
}  // namespace lectern::app
