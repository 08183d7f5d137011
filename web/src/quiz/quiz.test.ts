import { describe, expect, test } from "vitest";
import type { Question, Snapshot } from "../protocol";
import { commands, fromSnapshot, newQuiz, reduce, type Quiz, type QuizEvent } from "./quiz";

const question: Question = {
  sessionId: "s1", questionId: "q1", index: 0, total: 2, kind: "single", text: "2 + 2?",
  options: ["3", "4"], timeLimitMs: 20_000, opensAt: 1000, closesAt: 21_000,
};
const second: Question = { ...question, questionId: "q2", index: 1 };
const board = (version: number, total: number) => ({
  sessionId: "s1", version, participants: 1, top: [{ rank: 1, userId: "u1", username: "Ann", total }],
});

function fold(...events: QuizEvent[]): Quiz {
  return events.reduce<Quiz | null>(reduce, null)!;
}
const opened: QuizEvent = { name: "quiz:question", payload: question };
const closed: QuizEvent = {
  name: "quiz:question_closed",
  payload: { questionId: "q1", reason: "timeout", correct: 1, distribution: [1, 3] },
};

describe("events", () => {
  test("a question opens, closes and is scored", () => {
    const quiz = fold(
      { name: "quiz:started", payload: { sessionId: "s1", title: "Sums", total: 2, version: 1 } },
      opened,
      closed,
      { name: "quiz:score_updated", payload: { questionId: "q1", correct: true, score: 900, newTotal: 900, rank: 1 } },
      { name: "quiz:leaderboard", payload: board(5, 900) },
    );
    expect(quiz).toMatchObject({
      title: "Sums", phase: "closed", total: 900, rank: 1, score: { score: 900 },
      closed: { correct: 1 }, leaderboard: { version: 5 },
    });
  });

  test("the next question forgets the answer to the last, and keeps the points", () => {
    const before = { ...fold(opened, closed), yourAnswer: 1, total: 900 };
    expect(reduce(before, { name: "quiz:question", payload: second })).toMatchObject({
      phase: "open", yourAnswer: null, closed: null, score: null, total: 900,
    });
  });

  test("the same question again keeps the answer", () => {
    const before = { ...fold(opened), yourAnswer: 1 };
    expect(reduce(before, opened)?.yourAnswer).toBe(1);
  });

  test("an older leaderboard is ignored (D23)", () => {
    const quiz = fold(opened, { name: "quiz:leaderboard", payload: board(7, 20) }, { name: "quiz:leaderboard", payload: board(6, 10) });
    expect(quiz.leaderboard?.version).toBe(7);
  });

  test("what is about another question or session changes nothing", () => {
    const quiz = fold(opened);
    expect(reduce(quiz, { name: "quiz:question_closed", payload: { questionId: "q9" } })).toBe(quiz);
    expect(reduce(quiz, { name: "quiz:finished", payload: { sessionId: "s9" } })).toBe(quiz);
    expect(reduce(quiz, { name: "quiz:progress", payload: { questionId: "q9", answered: 1, participants: 2 } })).toBe(quiz);
    expect(reduce(null, closed)).toBeNull();
  });

  test("a phase change without a version makes the version unknown", () => {
    expect(fold({ name: "quiz:question", payload: { ...question, version: 1 } }).version).toBe(1);
    expect(fold({ name: "quiz:question", payload: { ...question, version: 1 } }, closed).version).toBeNull();
  });

  test("prepared questions open later", () => {
    const prepared: QuizEvent = { name: "quiz:question", payload: { ...question, opensAt: 4000, serverTime: 1000 } };
    expect(fold(prepared).phase).toBe("preparing");
    const quiz = fold(prepared, { name: "quiz:opened", payload: { questionId: "q1", opensAt: 4000, closesAt: 24_000 } });
    expect(quiz).toMatchObject({ phase: "open", question: { opensAt: 4000, closesAt: 24_000 } });
  });

  test("a pause stops the clock and resuming moves the close", () => {
    const paused = fold(opened, { name: "quiz:paused", payload: { sessionId: "s1", remainingMs: 5000, version: 2 } });
    expect(paused).toMatchObject({ phase: "paused", version: 2, question: { paused: true, remainingMs: 5000 } });
    const resumed = reduce(paused, { name: "quiz:resumed", payload: { sessionId: "s1", phase: "open", closesAt: 50_000 } });
    expect(resumed).toMatchObject({ phase: "open", question: { paused: false, closesAt: 50_000 } });
  });

  test("a new session replaces the finished one", () => {
    const quiz = reduce(fold(opened), { name: "quiz:started", payload: { sessionId: "s2", title: "More" } });
    expect(quiz).toMatchObject({ sessionId: "s2", question: null, total: 0, leaderboard: null });
  });
});

describe("snapshots", () => {
  const snapshot: Snapshot = {
    sessionId: "s1", title: "Sums", version: 3, phase: "open", questionCount: 2, question, yourAnswer: 1, total: 400,
  };

  test("a reload in the middle of a question restores the answer", () => {
    expect(fromSnapshot(snapshot)).toMatchObject({ phase: "open", yourAnswer: 1, total: 400, version: 3, closed: null });
  });

  test("a reload after the close restores the result", () => {
    const yourScore = { questionId: "q1", correct: false, score: 0, newTotal: 400, rank: 3, streak: 0 };
    const quiz = fromSnapshot({ ...snapshot, phase: "closed", lastResult: { questionId: "q1", correct: 0, distribution: [1, 3], yourScore } });
    expect(quiz).toMatchObject({ phase: "closed", score: yourScore, closed: { correct: 0 }, rank: 3 });
  });

  test("an answer on its way is not forgotten", () => {
    const known = { ...fromSnapshot(snapshot), yourAnswer: 0 };
    expect(fromSnapshot({ ...snapshot, yourAnswer: null }, known).yourAnswer).toBe(0);
    expect(fromSnapshot({ ...snapshot, question: second, yourAnswer: null }, known).yourAnswer).toBeNull();
  });

  test("a finished quiz keeps the last question", () => {
    const known = fold(opened, closed);
    expect(fromSnapshot({ ...snapshot, phase: "finished", question: null, yourAnswer: null }, known)).toMatchObject({
      phase: "finished", question: { questionId: "q1" },
    });
  });
});

test("the host's commands follow the phase", () => {
  expect(commands(null)).toEqual({ create: true, start: false, next: false, close: false, pause: false, resume: false, end: false });
  expect(commands(newQuiz("s1", "Sums", 2))).toMatchObject({ create: true, start: true, end: false });
  expect(commands(fold(opened))).toEqual({ create: false, start: false, next: true, close: true, pause: true, resume: false, end: true });
  expect(commands(fold(opened, closed))).toMatchObject({ next: true, close: false, pause: false, end: true });
  expect(commands({ ...fold(opened), phase: "paused" })).toMatchObject({ next: false, pause: false, resume: true, end: true });
  expect(commands({ ...fold(opened), phase: "finished" })).toMatchObject({ create: true, start: false, next: false, end: false });
});
