import { beforeEach, describe, expect, test } from "vitest";
import type { TokenPair } from "../protocol";
import { expiresIn, Identities, identityOf, lifetimeOf, refreshesIn, type Shelf } from "./identity";

class MemoryShelf implements Shelf {
  #items = new Map<string, string>();
  getItem = (key: string) => this.#items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.#items.set(key, value);
  removeItem = (key: string) => void this.#items.delete(key);
  key = (index: number) => [...this.#items.keys()][index] ?? null;
  get length() {
    return this.#items.size;
  }
}

function token(claims: object): string {
  return `h.${btoa(JSON.stringify(claims)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "")}.s`;
}
function pair(userId: string, roomId?: string): TokenPair {
  const user = { userId, username: userId, role: roomId ? "student" : "instructor", permissions: [] };
  const accessToken = token({ iat: 1000, exp: 1900 });
  return { accessToken, refreshToken: "r", expiresAt: 5, user, ...(roomId ? { roomId } : {}) };
}

describe("life of a token", () => {
  test("its own claims say how long it lives, whatever the local clock says", () => {
    expect(lifetimeOf(token({ iat: 1000, exp: 1900 }))).toBe(900_000);
    expect(lifetimeOf("rubbish")).toBeNull();
    const identity = identityOf(pair("u1"), 7_000_000);
    expect(expiresIn(identity, 7_100_000)).toBe(800_000);
    expect(refreshesIn(identity, 7_100_000)).toBe(680_000);
  });

  test("a short life is refreshed in its last third", () => {
    const identity = { ...identityOf(pair("u1"), 0), lifetimeMs: 10_000 };
    expect(refreshesIn(identity, 0)).toBe(7000);
  });
});

describe("for whom a tab speaks", () => {
  let shared: MemoryShelf;
  let identities: Identities;
  const teacher = identityOf(pair("t"), 10);
  const ann = identityOf(pair("ann", "room1"), 20);
  const ben = identityOf(pair("ben", "room1"), 30);

  beforeEach(() => {
    shared = new MemoryShelf();
    identities = new Identities(shared, new MemoryShelf());
  });

  test("a guest who opens the room again is the same guest", () => {
    identities.write(ann);
    expect(identities.current("room1", 100)?.user.userId).toBe("ann");
    expect(identities.current("room2", 100)).toBeNull();
    expect(identities.current(null, 100)).toBeNull();
  });

  test("teacher and guests share a browser, each tab keeps to its own", () => {
    for (const identity of [teacher, ann, ben]) identities.write(identity);
    expect(identities.current("room1", 100)?.key).toBe("account");
    identities.choose(ann.key);
    expect(identities.current("room1", 100)?.user.userId).toBe("ann");
    const otherTab = new Identities(shared, new MemoryShelf());
    otherTab.choose(ben.key);
    expect(otherTab.current("room1", 100)?.user.userId).toBe("ben");
  });

  test("a guest's tab that goes to another room speaks for the account", () => {
    identities.write(ann);
    identities.choose(ann.key);
    expect(identities.current("room2", 100)).toBeNull();
    identities.write(teacher);
    expect(identities.current("room2", 100)?.key).toBe("account");
  });

  test("old guests and rubbish are cleared away", () => {
    identities.write(ann);
    shared.setItem("lectern.session.guest.x", "{");
    expect(identities.current("room1", 8 * 86_400_000)).toBeNull();
    expect(shared.length).toBe(0);
  });
});
