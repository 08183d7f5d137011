import { io, type Socket } from "socket.io-client";
import { at } from "../base";
import type { Acknowledgement, ErrorObject } from "../protocol";
import { session } from "../session/session.svelte";
import { refreshesIn } from "../session/identity";
import { Failure, failureOf, inWords, noAnswer, offline } from "../words/failure";
import { ServerClock } from "./clock";

const ANSWER_MS = 8000;
const PING_MS = 8000;
// Three pings at once after connecting give a clock that is good enough for a countdown.
const FIRST_PINGS = [0, 150, 400];
const MAX_RENEWALS = 3;

export type Status =
  | { state: "connecting" | "online" }
  | { state: "reconnecting"; since: number; why: string }
  | { state: "closed"; why: string };

interface Goodbye {
  type?: string;
  message?: string;
  retry?: boolean;
}

// The live connection of a room's page. Comes back by itself, with a renewed token when needed,
// until the server says that there is no coming back.
export class Connection {
  status = $state.raw<Status>({ state: "connecting" });
  readonly clock = new ServerClock();
  clockVersion = $state(0); // changes with the clock's offset

  readonly #socket: Socket;
  readonly #end = new AbortController();
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #goodbye: Goodbye | null = null;
  #renewals = 0;
  #attempts = 0;

  constructor(private readonly onOnline: () => void) {
    this.#socket = io({
      path: at("/socket.io/"),
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
      randomizationFactor: 0.5,
      auth: (tell) => void session.freshToken().then((token) => tell({ token }), () => tell({})),
    });
    this.#listen();
    this.#watchNetwork();
    this.#socket.connect();
  }

  get online(): boolean {
    return this.#socket.connected;
  }

  on<T>(event: string, handle: (payload: T) => void): void {
    this.#socket.on(event, handle);
  }

  // The fields of the positive answer; else throws Failure.
  async request<T>(event: string, payload: object, waitMs = ANSWER_MS): Promise<T> {
    if (!this.#socket.connected) throw offline();
    let answer: Acknowledgement<T>;
    try {
      answer = await this.#socket.timeout(waitMs).emitWithAck(event, payload);
    } catch {
      if (this.#socket.connected) void this.#ping();
      throw this.#socket.connected ? noAnswer() : offline();
    }
    if (answer.ok) return answer;
    throw new Failure(answer.error);
  }

  // Whether it arrives does not matter.
  tell(event: string, payload: object): void {
    if (this.#socket.connected) this.#socket.volatile.emit(event, payload, () => undefined);
  }

  reconnect(): void {
    this.#goodbye = null;
    this.#renewals = 0;
    this.#socket.disconnect().connect();
  }

  close(): void {
    this.#end.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#socket.disconnect();
    this.#socket.removeAllListeners();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("connect", () => this.#connected());
    socket.on("connect_error", (error) => this.#refused(error));
    socket.on("disconnect", (reason) => this.#disconnected(reason));
    socket.on("server:disconnect", (goodbye: Goodbye) => (this.#goodbye = goodbye));
    socket.on("server:draining", ({ reconnectInMs }: { reconnectInMs?: number }) => {
      const wait = Math.min(30_000, Math.max(0, reconnectInMs ?? 0));
      this.#after(wait, () => this.#comeBack());
    });
  }

  #connected(): void {
    this.#goodbye = null;
    this.#renewals = 0;
    this.#attempts = 0;
    this.status = { state: "online" };
    this.#restartTimers();
    this.onOnline();
  }

  #restartTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const wait of FIRST_PINGS) this.#after(wait, () => void this.#ping());
    this.#repeatPing();
    this.#planRenewal();
  }

  #repeatPing(): void {
    this.#after(PING_MS, () => {
      if (document.visibilityState === "visible") void this.#ping();
      this.#repeatPing();
    });
  }

  // Measures the clock, and notices a dead network long before the transport does.
  async #ping(): Promise<void> {
    const sentAt = Date.now();
    try {
      const wait = this.#socket.timeout(5000);
      const answer: { serverTime?: number } = await wait.emitWithAck("ping", { sentAt });
      if (typeof answer.serverTime !== "number") return;
      this.clock.add(sentAt, Date.now(), answer.serverTime);
      this.clockVersion += 1;
    } catch {
      if (this.#socket.connected && !this.#end.signal.aborted) this.#comeBack();
    }
  }

  hintClock(serverTime: number | undefined): void {
    if (serverTime === undefined) return;
    this.clock.hint(serverTime, Date.now());
    this.clockVersion += 1;
  }

  #comeBack(): void {
    this.status = this.#reconnecting("The connection was lost.");
    this.#socket.disconnect().connect();
  }

  #reconnecting(why: string): Status {
    const { status } = this;
    return status.state === "reconnecting" ? status : { state: "reconnecting", since: Date.now(), why };
  }

  // Renews the token of the live connection before it ends.
  #planRenewal(): void {
    const { identity } = session;
    if (!identity) return;
    const wait = Math.min(2 ** 31 - 1, Math.max(1000, refreshesIn(identity, Date.now())));
    this.#after(wait, async () => {
      try {
        const token = await session.freshToken();
        await this.request("auth:refresh", { token });
      } catch (error) {
        // Still connected: the next try, or the server's goodbye, follows.
        if (failureOf(error).type === "AUTH_REQUIRED") return;
      }
      this.#planRenewal();
    });
  }

  #disconnected(reason: Socket.DisconnectReason): void {
    if (this.#end.signal.aborted || reason === "io client disconnect") return;
    const goodbye = this.#goodbye;
    if (reason !== "io server disconnect" && goodbye?.retry !== false) {
      this.status = this.#reconnecting(goodbye ? inWords(new Failure(errorOf(goodbye))) : "The connection was lost.");
      return;
    }
    this.#dismissed(goodbye);
  }

  // The server ended the connection for good.
  #dismissed(goodbye: Goodbye | null): void {
    const type = goodbye?.type;
    if (type === "TOKEN_EXPIRED") return void this.#renewAndReturn();
    if (type === "PAYLOAD_TOO_LARGE" || goodbye?.retry === true) return this.#comeBack();
    this.#socket.disconnect();
    const why = goodbye ? inWords(new Failure(errorOf(goodbye))) : "The server has closed the connection.";
    this.status = { state: "closed", why };
    if (goodbye?.retry === false) session.end(why);
  }

  async #renewAndReturn(): Promise<void> {
    this.status = this.#reconnecting("Your session is being renewed.");
    this.#renewals += 1;
    if (this.#renewals > MAX_RENEWALS) return session.end(inWords(new Failure({ type: "TOKEN_EXPIRED", message: "" })));
    try {
      await session.renew(session.identity?.accessToken ?? "");
      if (!this.#end.signal.aborted) this.#socket.connect();
    } catch (error) {
      if (session.identity) this.#retryLater(failureOf(error));
    }
  }

  // Without `data` the transport failed, and the client tries again by itself.
  #refused(error: Error & { data?: ErrorObject }): void {
    const { data } = error;
    if (!data?.type) {
      if (this.#socket.active) this.status = this.#reconnecting("The server cannot be reached.");
      return;
    }
    const failure = new Failure(data);
    if (failure.type === "TOKEN_EXPIRED") return void this.#renewAndReturn();
    if (failure.passing || failure.type.endsWith("LIMIT_EXCEEDED")) return this.#retryLater(failure);
    if (failure.type === "STORE_UNAVAILABLE" || failure.type === "INTERNAL") return this.#retryLater(failure);
    const why = inWords(failure);
    this.status = { state: "closed", why };
    session.end(why);
  }

  #retryLater(failure: Failure): void {
    this.status = this.#reconnecting(inWords(failure));
    this.#attempts += 1;
    const growing = Math.min(10_000, 500 * 2 ** this.#attempts) * (0.5 + Math.random());
    this.#after(Math.max(growing, failure.detail.retryAfterMs ?? 0), () => this.#socket.connect());
  }

  #watchNetwork(): void {
    const { signal } = this.#end;
    const look = () => {
      if (this.status.state === "closed") return;
      if (this.#socket.connected) void this.#ping();
      else if (this.#socket.active) this.#socket.disconnect().connect();
    };
    addEventListener("online", look, { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look(), { signal });
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#end.signal.aborted) act();
    }, milliseconds);
    this.#timers.add(timer);
  }
}

function errorOf(goodbye: Goodbye): ErrorObject {
  return { type: goodbye.type ?? "INTERNAL", message: goodbye.message ?? "" };
}
