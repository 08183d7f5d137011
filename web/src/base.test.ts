import { expect, test } from "vitest";
import { at, baseOf, within } from "./base";

test("the base is the server's, without its last slash", () => {
  expect(baseOf("/")).toBe("");
  expect(baseOf("/lectern/")).toBe("/lectern");
  expect(baseOf(undefined)).toBe("");
});

test("addresses lie under the base", () => {
  expect(at("/rooms", "")).toBe("/rooms");
  expect(at("/rooms", "/a/b")).toBe("/a/b/rooms");
});

test("paths are what follows the base, and nothing else is ours", () => {
  expect(within("/rooms", "")).toBe("/rooms");
  expect(within("/a/rooms/r1", "/a")).toBe("/rooms/r1");
  expect(within("/a/", "/a")).toBe("/");
  expect(within("/a", "/a")).toBe("/");
  for (const address of ["/", "/rooms", "/ab/rooms", "/b/a/rooms"]) expect(within(address, "/a")).toBeNull();
});
