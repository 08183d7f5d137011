import { expect, test } from "vitest";
import type { Message } from "../protocol";
import { gapAfter, lastSeq, merged, startsBlock, withDeleted } from "./messages";

function message(seq: number, more: Partial<Message> = {}): Message {
  return {
    messageId: `m${seq}`, seq, roomId: "r", userId: "u1", username: "Ann", content: `text ${seq}`,
    type: "text", timestamp: seq * 1000, ...more,
  };
}
const seqs = (messages: Message[]) => messages.map(({ seq }) => seq);

test("new messages go to the end", () => {
  expect(seqs(merged([message(1)], [message(2)]))).toEqual([1, 2]);
});

test("what arrives twice is there once", () => {
  const known = [message(1), message(2)];
  expect(seqs(merged(known, [message(2)]))).toEqual([1, 2]);
  expect(seqs(merged(known, [message(2), message(3)]))).toEqual([1, 2, 3]);
});

test("history and live messages may cross on the way", () => {
  expect(seqs(merged([message(5)], [message(3), message(4), message(5)]))).toEqual([3, 4, 5]);
});

test("the later copy wins: it may be a deleted one", () => {
  const copy = message(1, { content: "", deleted: true });
  expect(merged([message(1), message(2)], [copy])[0]).toEqual(copy);
});

test("a gap is seen", () => {
  expect(gapAfter([message(1), message(2)])).toBeUndefined();
  expect(gapAfter([message(1), message(2), message(5)])).toBe(2);
  expect(gapAfter([])).toBeUndefined();
});

test("the last seq of nothing is 0", () => {
  expect(lastSeq([])).toBe(0);
  expect(lastSeq([message(4), message(7)])).toBe(7);
});

test("deleting keeps the place", () => {
  const [first, second] = withDeleted([message(1), message(2)], "m1");
  expect(first).toMatchObject({ seq: 1, content: "", deleted: true });
  expect(second?.content).toBe("text 2");
});

test("a block is one author without a long silence", () => {
  const messages = [
    message(1), message(2), message(3, { userId: "u2" }), message(4, { userId: "u2", timestamp: 1e6 }),
  ];
  expect(messages.map((_, at) => startsBlock(messages, at))).toEqual([true, false, true, true]);
});
