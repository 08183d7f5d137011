import { describe, expect, test } from "vitest";
import type { Question } from "../protocol";
import { choicesOf, isRight, sharesOf } from "./choices";
import { newQuiz, type Quiz } from "./quiz";
import { ordinal, resultOf } from "./result";

const question: Question = {
  sessionId: "s1", questionId: "q1", index: 0, total: 2, kind: "multiple", text: "Primes?",
  options: ["2", "4", "7"], timeLimitMs: 20_000, opensAt: 1000, closesAt: 21_000,
};
const score = { questionId: "q1", correct: true, score: 950, newTotal: 1900, rank: 2, streak: 1 };
const closed: Quiz = {
  ...newQuiz("s1", "Sums", 2), question, phase: "closed", yourAnswer: [0, 2], score, total: 1900, rank: 2,
  closed: { questionId: "q1", correct: [0, 2], distribution: [3, 1, 2] },
};

describe("the result in words", () => {
  test("nothing before the close, even if a score were known", () => {
    expect(resultOf({ ...closed, closed: null })).toBeNull();
  });

  test("right, with points and rank", () => {
    expect(resultOf(closed)).toEqual({
      tone: "right", title: "Right! +950 points", details: ["You are 2nd with 1,900 points"],
    });
  });

  test("wrong, with the right answers", () => {
    const wrong = { ...closed, score: { ...score, correct: false, score: 0 } };
    expect(resultOf(wrong)).toMatchObject({ tone: "wrong", title: "Wrong" });
    expect(resultOf(wrong)?.details[0]).toBe("The right answers are 2 and 7");
  });

  test("who did not answer is told so, not that they were wrong", () => {
    expect(resultOf({ ...closed, yourAnswer: null })?.title).toBe("You did not answer");
  });

  test("a streak is worth a word", () => {
    expect(resultOf({ ...closed, score: { ...score, streak: 3 } })?.details[0]).toBe("3 right answers in a row");
  });

  test("a poll has no right and wrong", () => {
    expect(resultOf({ ...closed, closed: { questionId: "q1", correct: null } })?.tone).toBe("plain");
  });
});

describe("choices", () => {
  test("a boolean question shows true first and answers 1", () => {
    const boolean = { ...question, kind: "boolean", options: null };
    expect(choicesOf(boolean).map(({ value, text }) => [value, text])).toEqual([[1, "True"], [0, "False"]]);
    expect(choicesOf({ ...boolean, options: ["No", "Yes"] })[0]).toMatchObject({ value: 1, text: "Yes" });
    expect(isRight(true, 1) && isRight(false, 0)).toBe(true);
    expect(isRight(true, 0) || isRight(0, 1)).toBe(false);
    expect(sharesOf(boolean, [1, 3]).map(({ text, count, part }) => [text, count, part])).toEqual([
      ["True", 3, 0.75],
      ["False", 1, 0.25],
    ]);
  });

  test("shares without answers are zero", () => {
    expect(sharesOf(question).map(({ part }) => part)).toEqual([0, 0, 0]);
  });
});

test("ordinals", () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102, 113].map(ordinal)).toEqual([
    "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "113th",
  ]);
});
