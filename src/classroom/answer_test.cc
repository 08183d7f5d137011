#include "classroom/answer.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

#include "classroom/case_fold.h"

namespace lectern::classroom {
namespace {

using gate::QuestionKind;
using Indices = std::vector<std::int64_t>;

gate::Question of_kind(QuestionKind kind) {
  gate::Question question;
  question.kind = kind;
  if (kind == QuestionKind::single || kind == QuestionKind::multiple ||
      kind == QuestionKind::order || kind == QuestionKind::poll) {
    question.options = {"a", "b", "c"};
  }
  return question;
}

// The answer as it is kept, or "refused".
std::string kept(QuestionKind kind, const gate::Answer& answer) {
  const auto read = read_answer(of_kind(kind), answer);
  if (const auto* failure = std::get_if<Failure>(&read)) {
    EXPECT_EQ(failure->type, "VALIDATION_ERROR");
    EXPECT_EQ(failure->extra.at("field").as_string(), "answer");
    return "refused";
  }
  return boost::json::serialize(to_json(std::get<gate::Answer>(read)));
}

bool same(QuestionKind kind, const gate::Answer& a, const gate::Answer& b) {
  return same_answer(of_kind(kind), a, b);
}

// D78: strings were turned into numbers, and "1e1" into ten.
TEST(Answer, OfASingleQuestionIsAnIndexOfAnOption_D78) {
  for (const auto kind : {QuestionKind::single, QuestionKind::poll}) {
    EXPECT_EQ(kept(kind, 2), "2");
    EXPECT_EQ(kept(kind, 3), "refused");
    EXPECT_EQ(kept(kind, -1), "refused");
    EXPECT_EQ(kept(kind, "2"), "refused");
    EXPECT_EQ(kept(kind, Indices{2}), "refused");
  }
}

TEST(Answer, OfABooleanQuestionIsOneOrZero_D78) {
  EXPECT_EQ(kept(QuestionKind::boolean, 1), "1");
  EXPECT_EQ(kept(QuestionKind::boolean, 0), "0");
  EXPECT_EQ(kept(QuestionKind::boolean, 2), "refused");
  EXPECT_EQ(kept(QuestionKind::boolean, "true"), "refused");
}

TEST(Answer, OfAMultipleQuestionIsASetOfIndices_D78) {
  EXPECT_EQ(kept(QuestionKind::multiple, Indices{2, 0}), "[0,2]");
  EXPECT_EQ(kept(QuestionKind::multiple, Indices{}), "refused");
  EXPECT_EQ(kept(QuestionKind::multiple, Indices{1, 1}), "refused");
  EXPECT_EQ(kept(QuestionKind::multiple, Indices{0, 3}), "refused");
  EXPECT_EQ(kept(QuestionKind::multiple, 1), "refused");
}

TEST(Answer, OfAnOrderQuestionNamesEveryOptionOnce) {
  EXPECT_EQ(kept(QuestionKind::order, Indices{2, 0, 1}), "[2,0,1]");
  EXPECT_EQ(kept(QuestionKind::order, Indices{2, 0}), "refused");
  EXPECT_EQ(kept(QuestionKind::order, Indices{2, 0, 0}), "refused");
}

TEST(Answer, OfANumberQuestionIsAnIntegerOrADecimalString) {
  for (const char* number : {"5", "-0.5", "05", "3.14159265358979"}) {
    EXPECT_EQ(kept(QuestionKind::number, number), "\"" + std::string(number) + "\"");
  }
  EXPECT_EQ(kept(QuestionKind::number, -7), "-7");
  for (const char* text : {"", "-", ".5", "5.", "1e1", "0x1", " 5", "5 ", "+5", "1,5", "inf", "nan",
                           "1234567890123456"}) {
    EXPECT_EQ(kept(QuestionKind::number, text), "refused") << text;
  }
}

TEST(Answer, OfATextQuestionIsAVisibleString) {
  EXPECT_EQ(kept(QuestionKind::text, "Paris"), "\"Paris\"");
  EXPECT_EQ(kept(QuestionKind::text, " \xE2\x80\x8B "), "refused");
  EXPECT_EQ(kept(QuestionKind::text, 5), "refused");
}

TEST(Answer, IsTheSameByValueForNumbersAndByLettersForTexts) {
  EXPECT_TRUE(same(QuestionKind::number, "5.0", 5));
  EXPECT_FALSE(same(QuestionKind::number, "5.01", 5));
  EXPECT_TRUE(same(QuestionKind::text, "Paris", " PARIS"));
  EXPECT_FALSE(same(QuestionKind::text, "Paris", "Pari"));
  EXPECT_TRUE(same(QuestionKind::multiple, Indices{0, 2}, Indices{0, 2}));
  EXPECT_FALSE(same(QuestionKind::order, Indices{0, 2, 1}, Indices{0, 1, 2}));
}

TEST(FoldCase, IgnoresCaseInLatinGreekAndCyrillic) {
  EXPECT_EQ(fold_case("\tStra\xC3\x9F"
                      "E \n"),
            "strasse");
  EXPECT_EQ(fold_case("\xC3\x89\xC5\xA0\xC5\xB8"), "\xC3\xA9\xC5\xA1\xC3\xBF");  // ÉŠŸ
  EXPECT_EQ(fold_case("\xCE\x86\xCE\xA3\xCF\x82"), "\xCE\xAC\xCF\x83\xCF\x83");  // ΆΣς
  EXPECT_EQ(fold_case("\xD0\x81\xD0\x96\xD0\x84"), "\xD1\x91\xD0\xB6\xD1\x94");  // ЁЖЄ
  EXPECT_EQ(fold_case("\xE1\xBA\xA0\xC6\xA0"), "\xE1\xBA\xA1\xC6\xA0");          // ẠƠ
}

TEST(FoldCase, LeavesOtherTextAlone) {
  EXPECT_EQ(fold_case("\xE4\xB8\xAD 5%\xF0\x9F\x98\x80"), "\xE4\xB8\xAD 5%\xF0\x9F\x98\x80");
  EXPECT_EQ(fold_case("\xC3\x97\xC3\xB7\xFF"), "\xC3\x97\xC3\xB7\xFF");
  EXPECT_EQ(fold_case(" \xC2\xA0 "), "");
}

TEST(FoldCase, ChangesNothingTheSecondTime) {
  std::string all;
  for (unsigned c = 0x80; c < 0x800; ++c) {
    all += static_cast<char>(0xC0U | c >> 6);
    all += static_cast<char>(0x80U | (c & 0x3FU));
  }
  EXPECT_EQ(fold_case(fold_case(all)), fold_case(all));
}

}  // namespace
}  // namespace lectern::classroom
