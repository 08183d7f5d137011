import type { Connection } from "../live/connection.svelte";
import type { Message, Moderated } from "../protocol";
import { failureOf, inWords, muteInWords } from "../words/failure";
import { newClientId } from "./client_id";
import { gapAfter, lastSeq, merged, withDeleted } from "./messages";
import { queued, refused, restored, revived, settled, type Unsent } from "./outbox";

const TYPING_EVERY_MS = 3000;
const TYPING_FADES_MS = 5000;

// The chat of one room: messages, what is on its way, who is typing.
export class Chat {
  messages = $state.raw<Message[]>([]);
  unsent = $state.raw<Unsent[]>([]);
  hasEarlier = $state(false);
  missed = $state(false); // some messages could not be brought back after a lost connection
  typing = $state.raw<string[]>([]);
  muted = $state(""); // that one may not write, and until when, in words

  #sending = new Set<string>();
  #typists = new Map<string, { name: string; until: number }>();
  #told = 0;
  #filling = false;
  readonly #stored: string;

  constructor(
    private readonly connection: Connection,
    private readonly roomId: string,
    private readonly selfId: string,
  ) {
    this.#stored = `lectern.unsent.${roomId}.${selfId}`;
    this.#keep(restored(sessionStorage.getItem(this.#stored)));
    connection.on<Message>("chat:message", (message) => this.#arrived(message));
    connection.on<Moderated>("chat:moderated", (moderated) => this.#moderated(moderated));
    connection.on<{ userId: string; username: string; typing?: boolean }>("user:typing", (typist) => this.#typed(typist));
  }

  get after(): number | undefined {
    return lastSeq(this.messages) || undefined;
  }

  // The history of a join's answer; `truncated`: messages before it are lost to us.
  take(history: Message[], truncated: boolean): void {
    const first = this.messages.length === 0;
    if (truncated && !first) {
      this.messages = [];
      this.missed = true;
    }
    this.messages = merged(this.messages, history);
    if (first || truncated) this.hasEarlier = (this.messages[0]?.seq ?? 1) > 1;
    for (const { clientId, failed } of this.unsent) if (!failed) void this.#post(clientId);
  }

  send(content: string): void {
    const clientId = newClientId();
    this.#keep(queued(this.unsent, clientId, content));
    this.#told = 0;
    void this.#post(clientId);
  }

  sendAgain(clientId: string): void {
    this.#keep(revived(this.unsent, clientId));
    void this.#post(clientId);
  }

  discard(clientId: string): void {
    this.#keep(settled(this.unsent, clientId));
  }

  async loadEarlier(): Promise<void> {
    const before = this.messages[0]?.seq;
    const { roomId } = this;
    type Page = { messages: Message[]; hasMore: boolean };
    const page = await this.connection.request<Page>("chat:history", { roomId, ...(before ? { before } : {}), limit: 50 });
    this.messages = merged(this.messages, page.messages);
    this.hasEarlier = page.hasMore;
  }

  tellTyping(): void {
    if (Date.now() - this.#told < TYPING_EVERY_MS) return;
    this.#told = Date.now();
    this.connection.tell("user:action", { action: "typing", target: this.roomId });
  }

  #moderated({ action, messageId, targetUserId, expiresAt }: Moderated): void {
    if (action === "delete" && messageId) this.messages = withDeleted(this.messages, messageId);
    if (targetUserId !== this.selfId) return;
    if (action === "mute") this.muted = muteInWords(expiresAt);
    if (action === "unmute") this.muted = "";
  }

  #arrived(message: Message): void {
    this.messages = merged(this.messages, [message]);
    this.#typists.delete(message.userId);
    this.#showTyping();
    if (gapAfter(this.messages) !== undefined) void this.#fillGap();
  }

  async #fillGap(): Promise<void> {
    const after = gapAfter(this.messages);
    if (this.#filling || after === undefined) return;
    this.#filling = true;
    try {
      const { messages } = await this.connection.request<{ messages: Message[] }>("chat:history", { roomId: this.roomId, after, limit: 1000 });
      this.messages = merged(this.messages, messages);
    } catch {
      // The next message, or the next join, tries again.
    } finally {
      this.#filling = false;
    }
  }

  // Posts once at a time; after a lost connection the next join posts again.
  async #post(clientId: string): Promise<void> {
    const unsent = this.unsent.find((one) => one.clientId === clientId);
    if (!unsent || this.#sending.has(clientId) || !this.connection.online) return;
    this.#sending.add(clientId);
    try {
      const { content } = unsent;
      await this.connection.request("chat:message", { roomId: this.roomId, content, clientId });
      this.muted = "";
      this.#keep(settled(this.unsent, clientId));
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.passing) this.#keep(refused(this.unsent, clientId, inWords(failure)));
      else setTimeout(() => void this.#post(clientId), failure.detail.retryAfterMs ?? 2000);
    } finally {
      this.#sending.delete(clientId);
    }
  }

  #keep(unsent: Unsent[]): void {
    this.unsent = unsent;
    if (unsent.length) sessionStorage.setItem(this.#stored, JSON.stringify(unsent));
    else sessionStorage.removeItem(this.#stored);
  }

  #typed({ userId, username, typing = true }: { userId: string; username: string; typing?: boolean }): void {
    if (userId === this.selfId) return;
    if (typing) this.#typists.set(userId, { name: username, until: Date.now() + TYPING_FADES_MS });
    else this.#typists.delete(userId);
    this.#showTyping();
    if (typing) setTimeout(() => this.#showTyping(), TYPING_FADES_MS + 50);
  }

  #showTyping(): void {
    for (const [userId, { until }] of this.#typists) if (until <= Date.now()) this.#typists.delete(userId);
    this.typing = [...this.#typists.values()].map(({ name }) => name);
  }
}
