import { describe, expect, test } from "vitest";
import { Failure, failureOf, inWords, muteInWords, noAnswer, offline } from "./failure";

const TYPES = [
  "VALIDATION_ERROR", "UNKNOWN_MESSAGE_TYPE", "PAYLOAD_TOO_LARGE", "AUTH_REQUIRED",
  "INVALID_CREDENTIALS", "INVALID_TOKEN", "TOKEN_EXPIRED", "TOKEN_REVOKED", "TOKEN_REUSED",
  "FORBIDDEN", "NOT_A_MEMBER", "MUTED", "BANNED", "NOT_FOUND", "ROOM_CLOSED", "CONFLICT",
  "QUIZ_NOT_OPEN", "LATE_ANSWER", "DUPLICATE_ANSWER", "RATE_LIMIT_EXCEEDED",
  "ROOM_RATE_LIMIT_EXCEEDED", "QUIZ_RATE_LIMIT_EXCEEDED", "SERVER_BUSY", "SERVER_DRAINING",
  "STORE_UNAVAILABLE", "INTERNAL",
];

describe("errors in words", () => {
  test("every type of the protocol has a sentence of its own", () => {
    const sentences = TYPES.map((type) => inWords(new Failure({ type, message: "" })));
    expect(new Set(sentences).size).toBe(TYPES.length);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  test("a limit says how long to wait, in whole seconds", () => {
    const refusal = { type: "RATE_LIMIT_EXCEEDED", message: "Rate limit exceeded" };
    expect(inWords(new Failure({ ...refusal, retryAfterMs: 4200 }))).toContain("in 5 seconds");
    expect(inWords(new Failure({ ...refusal, retryAfterMs: 10 }))).toContain("in 1 second.");
  });

  test("wrong input is told in the server's words", () => {
    const message = "Validation error: content must have 1 to 1000 characters";
    expect(inWords(new Failure({ type: "VALIDATION_ERROR", message }))).toBe(
      "Please check what you entered: content must have 1 to 1000 characters.",
    );
  });

  test("unknown types and thrown things are something that went wrong", () => {
    expect(inWords(new Failure({ type: "BRAND_NEW", message: "x" }))).toContain("went wrong");
    expect(failureOf("boom").type).toBe("INTERNAL");
  });

  test("a lost connection passes, a refusal stays", () => {
    expect(offline().passing && noAnswer().passing).toBe(true);
    expect(new Failure({ type: "MUTED", message: "" }).passing).toBe(false);
  });
});

test("a mute says until when, if it ends by itself", () => {
  expect(muteInWords(undefined)).toBe("You have been muted and cannot write.");
  const time = new Date(2026, 0, 1, 10, 42).getTime();
  expect(muteInWords(time)).toMatch(/^You have been muted and cannot write until 10:42( AM)?\.$/);
});
