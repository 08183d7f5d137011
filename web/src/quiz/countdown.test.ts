import { expect, test } from "vitest";
import type { Question } from "../protocol";
import { clockFace, countdown, untilNextSecond } from "./countdown";

const question: Question = {
  sessionId: "s", questionId: "q", index: 0, total: 1, kind: "single", text: "?", options: ["a", "b"],
  timeLimitMs: 20_000, opensAt: 100_000, closesAt: 120_000,
};

test("a question in the future says get ready", () => {
  expect(countdown(question, 97_000)).toEqual({ state: "ready", ms: 3000, part: 1 });
});

test("an open question counts down to its close", () => {
  expect(countdown(question, 105_000)).toEqual({ state: "running", ms: 15_000, part: 0.75 });
  expect(countdown(question, 120_000)).toEqual({ state: "over", ms: 0, part: 0 });
  expect(countdown(question, 500_000).ms).toBe(0);
});

test("a pause stands still", () => {
  const paused = { ...question, remainingMs: 5000 };
  expect(countdown(paused, 300_000, true)).toEqual({ state: "paused", ms: 5000, part: 0.25 });
});

test("the face shows whole seconds, rounded up", () => {
  expect([20_000, 19_001, 19_000, 1, 0, 65_000].map(clockFace)).toEqual([
    "0:20", "0:20", "0:19", "0:01", "0:00", "1:05",
  ]);
});

test("the face changes when its second is over", () => {
  expect(untilNextSecond(19_001)).toBe(1);
  expect(untilNextSecond(19_000)).toBe(1000);
  expect(untilNextSecond(18_500)).toBe(500);
});
