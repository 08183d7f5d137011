import type { TokenPair, User } from "../protocol";

// Sessions in the browser's storage. An account and any number of guests may be signed in at once;
// a tab speaks for one of them, and remembers which across reloads. `key` is "account", or
// "guest." and the user's id.
export interface Identity {
  key: string;
  accessToken: string;
  refreshToken: string;
  user: User;
  roomId: string | null; // of a guest: the only room the session is good for
  obtainedAt: number; // local clock
  lifetimeMs: number;
}

export interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  key(index: number): string | null;
  readonly length: number;
}

const PREFIX = "lectern.session.";
const TAB = "lectern.tab";
export const ACCOUNT = "account";

// A refresh token's life: an identity that is older cannot come back.
const KEPT_MS = 7 * 86_400_000;

export function identityOf(pair: TokenPair, now: number): Identity {
  const roomId = pair.roomId ?? null;
  return {
    key: roomId === null ? ACCOUNT : `guest.${pair.user.userId}`,
    accessToken: pair.accessToken,
    refreshToken: pair.refreshToken,
    user: pair.user,
    roomId,
    obtainedAt: now,
    lifetimeMs: lifetimeOf(pair.accessToken) ?? Math.max(0, pair.expiresAt - now),
  };
}

// How long a token is good for by its own claims, so that a wrong local clock does not matter.
export function lifetimeOf(accessToken: string): number | null {
  try {
    const claims = accessToken.split(".")[1]!.replace(/-/g, "+").replace(/_/g, "/");
    const { iat, exp } = JSON.parse(atob(claims));
    return exp > iat ? (exp - iat) * 1000 : null;
  } catch {
    return null;
  }
}

export function expiresIn(identity: Identity, now: number): number {
  return identity.obtainedAt + identity.lifetimeMs - now;
}

// When it is time for a new token: some time before the old one ends.
export function refreshesIn(identity: Identity, now: number): number {
  return expiresIn(identity, now) - Math.min(120_000, identity.lifetimeMs * 0.3);
}

export class Identities {
  constructor(
    private readonly shared: Shelf, // all tabs
    private readonly tab: Shelf,
  ) {}

  read(key: string): Identity | null {
    try {
      const identity = JSON.parse(this.shared.getItem(PREFIX + key) ?? "null");
      return typeof identity?.accessToken === "string" && identity.user ? identity : null;
    } catch {
      return null;
    }
  }

  write(identity: Identity): void {
    this.shared.setItem(PREFIX + identity.key, JSON.stringify(identity));
  }

  remove(key: string): void {
    this.shared.removeItem(PREFIX + key);
  }

  choose(key: string | null): void {
    if (key === null) this.tab.removeItem(TAB);
    else this.tab.setItem(TAB, key);
  }

  // For whom this tab speaks: as chosen before, else the account, else the latest guest; with a
  // room, nobody who could not enter it.
  current(roomId: string | null, now: number): Identity | null {
    const fits = (identity: Identity | null) =>
      identity && (identity.roomId === null || (roomId !== null && identity.roomId === roomId));
    const chosen = this.read(this.tab.getItem(TAB) ?? "");
    if (fits(chosen)) return chosen;
    const account = this.read(ACCOUNT);
    if (account) return account;
    const guests = this.#all(now).filter(fits);
    return guests.sort((a, b) => b.obtainedAt - a.obtainedAt)[0] ?? null;
  }

  #all(now: number): Identity[] {
    const keys = Array.from({ length: this.shared.length }, (_, at) => this.shared.key(at) ?? "");
    const found: Identity[] = [];
    for (const key of keys.filter((name) => name.startsWith(PREFIX))) {
      const identity = this.read(key.slice(PREFIX.length));
      if (identity && now - identity.obtainedAt < KEPT_MS) found.push(identity);
      else this.shared.removeItem(key);
    }
    return found;
  }

  static isOf(storageKey: string | null, identity: Identity): boolean {
    return storageKey === PREFIX + identity.key;
  }
}
