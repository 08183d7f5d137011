import { expect, test } from "vitest";
import { ServerClock } from "./clock";

test("without samples the server's clock is ours", () => {
  expect(new ServerClock().now(1000)).toBe(1000);
});

test("a hint counts until the first ping", () => {
  const clock = new ServerClock();
  clock.hint(5000, 1000);
  expect(clock.now(1100)).toBe(5100);
  clock.add(1100, 1200, 5250);
  expect(clock.offset).toBe(4100);
});

test("the quickest round trip wins", () => {
  const clock = new ServerClock();
  clock.add(0, 400, 10_350); // the way there took 350 of 400
  clock.add(1000, 1020, 11_010);
  clock.add(2000, 2300, 12_050);
  expect(clock.offset).toBe(10_000);
});

test("only the last eight samples count", () => {
  const clock = new ServerClock();
  clock.add(0, 10, 5);
  for (let at = 1000; at <= 8000; at += 1000) clock.add(at, at + 40, at + 30);
  expect(clock.offset).toBe(10);
});

test("after the local clock was set, old samples are forgotten", () => {
  const clock = new ServerClock();
  clock.add(0, 10, 5);
  clock.add(3_600_000, 3_600_100, 1050);
  expect(clock.offset).toBe(1050 - 3_600_050);
});

test("impossible samples are ignored", () => {
  const clock = new ServerClock();
  clock.add(100, 50, 1000);
  clock.add(0, 10, Number.NaN);
  expect(clock.offset).toBe(0);
});
