import type { TokenPair } from "../protocol";
import { Failure, failureOf, inWords, SESSION_ENDS } from "../words/failure";
import { request } from "./api";
import { expiresIn, Identities, identityOf, refreshesIn, type Identity } from "./identity";

const SPENT = "";

// Who uses this tab. Keeps the access token fresh; of several tabs one renews it for all.
class Session {
  identity = $state.raw<Identity | null>(null);
  // Why the last session ended, for the page that is shown next.
  notice = $state("");
  guestEnded = $state(false);

  #identities = new Identities(localStorage, sessionStorage);
  #renewal: Promise<Identity> | null = null;

  constructor() {
    addEventListener("storage", ({ key, newValue }) => {
      if (!this.identity || !Identities.isOf(key, this.identity)) return;
      if (newValue === null) this.#forget("You have signed out in another tab.");
      else this.identity = this.#identities.read(this.identity.key) ?? this.identity;
    });
  }

  // To be called when the address changes; with the room that it names.
  enter(roomId: string | null): void {
    const found = this.#identities.current(roomId, Date.now());
    if (found?.key !== this.identity?.key) this.identity = found;
  }

  may(permission: string): boolean {
    const held = this.identity?.user.permissions ?? [];
    const resource = permission.split(":")[0];
    return [permission, `${resource}:*`, "*:*", "*"].some((name) => held.includes(name));
  }

  async signIn(username: string, password: string): Promise<void> {
    this.#adopt(await request<TokenPair>("POST", "/auth/login", { username, password }));
  }

  async joinAsGuest(displayName: string, joinCode: string): Promise<string> {
    const pair = await request<TokenPair>("POST", "/auth/guest", { displayName, joinCode });
    this.#adopt(pair);
    return pair.roomId ?? "";
  }

  async signOut(): Promise<void> {
    const identity = this.identity;
    if (!identity) return;
    this.#forget("");
    // Signed out here in any case; the server's part is best effort.
    await request("POST", "/auth/logout", undefined, identity.accessToken).catch(() => undefined);
  }

  // The session is dead by the server's word.
  end(notice: string): void {
    this.#forget(notice);
  }

  // An authenticated request.
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const token = await this.freshToken();
    try {
      return await request<T>(method, path, body, token);
    } catch (error) {
      if (failureOf(error).type !== "TOKEN_EXPIRED") throw this.#checked(error);
      const renewed = await this.renew(token);
      return request<T>(method, path, body, renewed.accessToken).catch((second: unknown) => {
        throw this.#checked(second);
      });
    }
  }

  async freshToken(): Promise<string> {
    const identity = this.identity;
    if (!identity) throw new Failure({ type: "AUTH_REQUIRED", message: "" });
    if (refreshesIn(identity, Date.now()) > 0) return identity.accessToken;
    return (await this.renew(identity.accessToken)).accessToken;
  }

  // A pair that is newer than `stale`.
  renew(stale: string): Promise<Identity> {
    this.#renewal ??= this.#renewAlone(stale).finally(() => (this.#renewal = null));
    return this.#renewal;
  }

  async #renewAlone(stale: string): Promise<Identity> {
    const key = this.identity?.key;
    if (key === undefined) throw new Failure({ type: "AUTH_REQUIRED", message: "" });
    const renewed = await oneTabAtATime(key, () => this.#exchange(key, stale));
    if (this.identity?.key === key) this.identity = renewed;
    return renewed;
  }

  async #exchange(key: string, stale: string): Promise<Identity> {
    const stored = this.#identities.read(key);
    if (!stored) throw new Failure({ type: "AUTH_REQUIRED", message: "" });
    if (stored.accessToken !== stale && refreshesIn(stored, Date.now()) > 0) return stored;
    if (stored.refreshToken === SPENT) return this.#lastOf(stored);
    try {
      const { refreshToken } = stored;
      const pair = await request<TokenPair>("POST", "/auth/refresh", { refreshToken });
      const roomId = pair.roomId ?? stored.roomId;
      const identity = identityOf(roomId === null ? pair : { ...pair, roomId }, Date.now());
      this.#identities.write({ ...identity, key });
      return { ...identity, key };
    } catch (error) {
      if (failureOf(error).type !== "TOKEN_REUSED") throw this.#checked(error);
      // Another tab has used it: its answer is, or will soon be, in the storage.
      const theirs = await this.#successorOf(stored);
      if (theirs) return theirs;
      const spent = { ...stored, refreshToken: SPENT };
      this.#identities.write(spent);
      return this.#lastOf(spent);
    }
  }

  // The answer to a renewal was lost. A third use of the token would end the session at once; so
  // the access token serves as long as it lives.
  #lastOf(spent: Identity): Identity {
    if (expiresIn(spent, Date.now()) > 0) return spent;
    throw this.#checked(new Failure({ type: "TOKEN_EXPIRED", message: "" }));
  }

  async #successorOf(stored: Identity): Promise<Identity | null> {
    for (const wait of [0, 200, 500, 1000]) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const found = this.#identities.read(stored.key);
      if (found && found.refreshToken !== stored.refreshToken) return found;
    }
    return null;
  }

  #checked(error: unknown): Failure {
    const failure = failureOf(error);
    if (SESSION_ENDS.has(failure.type) || failure.type === "TOKEN_EXPIRED") this.#forget(inWords(failure));
    return failure;
  }

  #adopt(pair: TokenPair): void {
    const identity = identityOf(pair, Date.now());
    this.#identities.write(identity);
    this.#identities.choose(identity.key);
    this.identity = identity;
    this.notice = "";
    this.guestEnded = false;
  }

  #forget(notice: string): void {
    if (this.identity) this.#identities.remove(this.identity.key);
    this.#identities.choose(null);
    this.guestEnded = this.identity !== null && this.identity.roomId !== null;
    this.identity = null;
    this.notice = notice;
  }
}

// navigator.locks exists on secure origins only; elsewhere TOKEN_REUSED settles the race.
function oneTabAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? (locks.request(`lectern.renew.${name}`, work) as Promise<T>) : work();
}

export const session = new Session();
