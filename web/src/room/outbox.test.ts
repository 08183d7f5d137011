import { expect, test } from "vitest";
import { MAX_UNSENT, queued, refused, restored, revived, settled, type Unsent } from "./outbox";

test("messages leave in the order they were written", () => {
  const outbox = queued(queued([], "a", "one"), "b", "two");
  expect(outbox.map(({ content }) => content)).toEqual(["one", "two"]);
  expect(settled(outbox, "a")).toEqual([{ clientId: "b", content: "two" }]);
});

test("sending again keeps the client id", () => {
  const outbox = refused(queued([], "a", "one"), "a", "Too fast.");
  expect(outbox[0]).toEqual({ clientId: "a", content: "one", failed: "Too fast." });
  expect(revived(outbox, "a")).toEqual([{ clientId: "a", content: "one" }]);
});

test("an outbox survives a reload, rubbish does not", () => {
  const outbox = queued([], "a", "one");
  expect(restored(JSON.stringify(outbox))).toEqual(outbox);
  expect(restored(null)).toEqual([]);
  expect(restored("{")).toEqual([]);
  expect(restored('{"clientId":"a"}')).toEqual([]);
  expect(restored('[{"clientId":1,"content":"x"},null]')).toEqual([]);
});

test("an outbox is bounded", () => {
  let outbox: Unsent[] = [];
  for (let at = 0; at < 60; at += 1) outbox = queued(outbox, `${at}`, "x");
  expect(outbox).toHaveLength(MAX_UNSENT);
});
