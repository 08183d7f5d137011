import { describe, expect, test } from "vitest";
import { blankQuestion, readDraft, roomy, withCorrect, withKind, type DraftQuestion } from "./draft";

function question(more: Partial<DraftQuestion> = {}): DraftQuestion {
  return { ...blankQuestion(1), text: "2 + 2?", options: ["3", "4", "", ""], correct: [false, true, false, false], ...more };
}
function read(...questions: DraftQuestion[]) {
  return readDraft({ title: " Sums ", questions });
}

describe("what is sent", () => {
  test("a single choice", () => {
    expect(read(question())).toEqual({
      quiz: { title: "Sums", questions: [{ kind: "single", text: "2 + 2?", options: ["3", "4"], correct: 1, timeLimitMs: 20_000 }] },
    });
  });

  test("blank options are left out and the right one keeps its place", () => {
    const gaps = question({ options: ["", "3", "", "4"], correct: [false, false, false, true] });
    expect(read(gaps)).toMatchObject({ quiz: { questions: [{ options: ["3", "4"], correct: 1 }] } });
  });

  test("a multiple choice names all right options", () => {
    const multiple = question({ kind: "multiple", options: ["2", "4", "7", ""], correct: [true, false, true, false] });
    expect(read(multiple)).toMatchObject({ quiz: { questions: [{ correct: [0, 2] }] } });
  });

  test("true or false needs no options on the wire, labels stand as false, true", () => {
    const boolean = withCorrect(withKind(blankQuestion(1), "boolean"), 1, true);
    expect(read({ ...boolean, text: "1 > 2?" })).toEqual({
      quiz: { title: "Sums", questions: [{ kind: "boolean", text: "1 > 2?", correct: false, timeLimitMs: 20_000 }] },
    });
    expect(read({ ...boolean, text: "1 > 2?", options: ["Yes", "No"] })).toMatchObject({
      quiz: { questions: [{ options: ["No", "Yes"], correct: false }] },
    });
  });

  test("blank questions are left out", () => {
    const result = read(blankQuestion(1), question({ key: 2 }), withKind(blankQuestion(3), "boolean"));
    expect("quiz" in result && result.quiz.questions).toHaveLength(1);
  });
});

describe("what is wrong", () => {
  const problems = (...questions: DraftQuestion[]) => {
    const result = read(...questions);
    return "problems" in result ? result.problems.map(({ key, field }) => `${key} ${field}`) : [];
  };

  test("every problem is named at once, with its question", () => {
    expect(problems(question({ text: " " }), question({ key: 2, correct: [false, false, false, false], seconds: null }))).toEqual([
      "1 text", "2 correct", "2 seconds",
    ]);
  });

  test("options must be two and differ", () => {
    expect(problems(question({ options: ["3", "", "", ""] }))).toEqual(["1 options"]);
    expect(problems(question({ options: ["3", "3 ", "", ""] }))).toEqual(["1 options"]);
  });

  test("a blank option cannot be the right one", () => {
    expect(problems(question({ correct: [false, false, true, false] }))).toEqual(["1 correct"]);
  });

  test("a quiz without questions is none", () => {
    expect(problems(blankQuestion(1))).toEqual(["1 text"]);
  });

  test("seconds are 1 to 3600", () => {
    for (const seconds of [0, 3601, Number.NaN]) expect(problems(question({ seconds }))).toEqual(["1 seconds"]);
    expect(problems(question({ seconds: 0.5 }))).toEqual(["1 seconds"]);
  });
});

describe("writing", () => {
  test("an empty option always follows, up to ten", () => {
    expect(roomy(question({ options: ["1", "2", "3", "4"] })).options).toHaveLength(5);
    expect(roomy(question({ options: Array(10).fill("x") })).options).toHaveLength(10);
  });

  test("a single choice has one right option, a multiple choice several", () => {
    expect(withCorrect(question(), 0, true).correct).toEqual([true, false, false, false]);
    expect(withCorrect(question({ kind: "multiple" }), 0, true).correct).toEqual([true, true, false, false]);
    expect(withKind(question({ kind: "multiple", correct: [true, true, false, false] }), "single").correct).toEqual([true, false, false, false]);
  });

  test("changing the kind and back does not lose two written options", () => {
    const there = withKind(question(), "boolean");
    expect(there.options).toEqual(["3", "4"]);
    expect(withKind(there, "single").options).toEqual(["3", "4", "", ""]);
    expect(withKind(withKind(blankQuestion(1), "boolean"), "multiple").options).toEqual(["", "", "", ""]);
  });
});
