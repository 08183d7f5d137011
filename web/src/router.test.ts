import { expect, test } from "vitest";
import { pageOf } from "./router.svelte";

test("every address of the application has its page", () => {
  expect(pageOf("/")).toEqual({ name: "home" });
  expect(pageOf("/join/AB%20C")).toEqual({ name: "join", code: "AB C" });
  expect(pageOf("/signin")).toEqual({ name: "signin" });
  expect(pageOf("/rooms/")).toEqual({ name: "rooms" });
  expect(pageOf("/rooms/r1")).toEqual({ name: "room", roomId: "r1" });
});

test("everything else is nowhere", () => {
  for (const path of ["/join", "/rooms/a/b", "/x", "/signin/x"]) {
    expect(pageOf(path)).toEqual({ name: "nowhere" });
  }
  expect(pageOf("/join/%E0%A4%A")).toEqual({ name: "join", code: "%E0%A4%A" });
});
