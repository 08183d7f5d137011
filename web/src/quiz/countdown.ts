import type { Question } from "../protocol";

// Where a question stands in time. `ms` is what is left until it opens (ready), until it closes
// (running, paused), or 0 (over).
export interface Countdown {
  state: "ready" | "running" | "paused" | "over";
  ms: number;
  part: number; // of the time limit that is left, 0 to 1
}

export function countdown(question: Question, serverNow: number, paused = false): Countdown {
  const limit = Math.max(1, question.closesAt - question.opensAt || question.timeLimitMs);
  const part = (ms: number) => Math.min(1, Math.max(0, ms / limit));
  if (paused) {
    const ms = Math.max(0, question.remainingMs ?? question.closesAt - serverNow);
    return { state: "paused", ms, part: part(ms) };
  }
  if (serverNow < question.opensAt) return { state: "ready", ms: question.opensAt - serverNow, part: 1 };
  const ms = Math.max(0, question.closesAt - serverNow);
  return { state: ms > 0 ? "running" : "over", ms, part: part(ms) };
}

// 20_000 → "0:20", 19_001 → "0:20", 0 → "0:00": the last second is shown until it is over.
export function clockFace(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// Milliseconds until the face changes.
export function untilNextSecond(ms: number): number {
  return ms <= 0 ? 1000 : ((ms - 1) % 1000) + 1;
}
