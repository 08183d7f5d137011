#include "classroom/results.h"

#include <gtest/gtest.h>

#include "classroom/quiz_script.h"

namespace lectern::classroom {
namespace {

using Indices = std::vector<std::int64_t>;

TEST(Results, HaveARowForEveryClosedQuestionAndPlayer) {
  QuizScript script;
  script.start().after(500).answer("ann", kFirst, 1).next();
  script.answer("ben", kSecond, Indices{0, 2}).next();
  EXPECT_EQ(results_csv(script.state),
            "userId,username,question,answer,correct,timeMs,points,total\r\n"
            "ann,Student ann,Which one is prime?,1,true,500,1000,1000\r\n"
            "ben,Student ben,Which one is prime?,,false,,0,0\r\n"
            "ann,Student ann,Which ones are prime?,,false,,0,1000\r\n"
            "ben,Student ben,Which ones are prime?,\"[0,2]\",true,0,1000,1000\r\n");
}

TEST(Results, LeaveTheOpenQuestionOut) {
  QuizScript script;
  script.start().answer("ann", kFirst, 1);
  EXPECT_TRUE(results(script.state).empty());
  EXPECT_EQ(results_json(script.state).size(), 0U);
  script.end();
  EXPECT_EQ(results(script.state).size(), 1U);
}

TEST(Results, AreTheSameAsJson) {
  QuizScript script;
  script.start()
      .after(500)
      .answer("ann", kFirst, 0)
      .next()
      .answer("ben", kSecond, Indices{0})
      .end();
  const auto rows = results_json(script.state);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(
      boost::json::serialize(rows[0]),
      R"({"userId":"ann","username":"Student ann","questionId":"00000000-0000-4000-8000-000000000065","index":0,"question":"Which one is prime?","answer":0,"correct":false,"timeMs":500,"points":0,"total":0})");
  EXPECT_EQ(
      boost::json::serialize(rows[2]),
      R"({"userId":"ann","username":"Student ann","questionId":"00000000-0000-4000-8000-000000000066","index":1,"question":"Which ones are prime?","answer":null,"correct":false,"timeMs":null,"points":0,"total":0})");
}

TEST(Results, QuoteWhatCsvNeedsQuoted) {
  auto wanted = primes();
  wanted.questions[0] =
      question(gate::QuestionKind::text, "Say \"hi\",\nthen go", {}, std::vector<std::string>{"x"});
  QuizScript script(wanted);
  script.start().answer("ann", kFirst, "a,b").close();
  EXPECT_EQ(results_csv(script.state),
            "userId,username,question,answer,correct,timeMs,points,total\r\n"
            "ann,Student ann,\"Say \"\"hi\"\",\nthen go\",\"a,b\",false,0,0,0\r\n");
}

TEST(Results, DisarmWhatASpreadsheetWouldTakeForAFormula) {
  auto wanted = primes();
  wanted.questions[0] =
      question(gate::QuestionKind::text, "Say", {}, std::vector<std::string>{"x"});
  QuizScript script(wanted);
  script.start();
  for (const char* cell : {"=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=1"}) {
    script.answer(cell, kFirst, std::string(cell));
  }
  script.close();
  const auto csv = results_csv(script.state);
  for (const char* line :
       {"\r\n'=1+1,Student =1+1,Say,'=1+1,", "\r\n'+1,Student +1,Say,'+1,",
        "\r\n'-1,Student -1,Say,'-1,", "\r\n'@x,Student @x,Say,'@x,",
        "\r\n'\tx,Student \tx,Say,'\tx,", "\r\n\"'\rx\",\"Student \rx\",Say,\"'\rx\",",
        "\r\na=1,Student a=1,Say,a=1,"}) {
    EXPECT_NE(csv.find(line), std::string::npos) << line;
  }
}

TEST(Results, LeaveCorrectEmptyForAPoll) {
  auto wanted = primes();
  wanted.questions[0] = question(gate::QuestionKind::poll, "Tea?", {"yes", "no"}, {});
  QuizScript script(wanted);
  script.start().answer("ann", kFirst, 1).close();
  EXPECT_TRUE(results_json(script.state)[0].at("correct").is_null());
  EXPECT_NE(results_csv(script.state).find("Tea?,1,,0,0,0\r\n"), std::string::npos);
}

}  // namespace
}  // namespace lectern::classroom
