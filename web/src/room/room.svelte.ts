import { Connection } from "../live/connection.svelte";
import type { Deed, Joined, Moderated, Person, Room as RoomObject, User } from "../protocol";
import { Failure, failureOf, inWords } from "../words/failure";
import { Chat } from "./chat.svelte";
import { isHost } from "./host";
import { withArrivals, withPresence, type People } from "./people";
import { Play } from "./play.svelte";

// A room lists at most this many names; beyond, the number says enough.
const LISTED = 500;

interface Presence {
  participants: number;
  joined?: Person[];
  left?: Person[];
}

// Everything that a room's page shows. Joins with every connection and asks for what it missed.
export class Room {
  room = $state.raw<RoomObject | null>(null);
  participants = $state(0);
  people = $state.raw<People>(new Map());
  closed = $state(false);
  problem = $state(""); // why the room cannot be entered, in words

  banned = $state.raw<People>(new Map()); // whom this page has seen banned

  #removed = false; // by a host; only a reload asks to be let in again
  readonly connection: Connection;
  readonly chat: Chat;
  readonly play: Play;
  readonly roomId: string;
  readonly self: User;

  constructor(roomId: string, self: User) {
    this.roomId = roomId;
    this.self = self;
    this.connection = new Connection(() => void this.#join());
    this.chat = new Chat(this.connection, roomId, self.userId);
    this.play = new Play(this.connection, roomId);
    this.connection.on<Presence>("room:presence", (presence) => this.#presence(presence));
    this.connection.on<Moderated>("chat:moderated", (moderated) => this.#moderated(moderated));
    this.connection.on("room:closed", () => (this.closed = true));
  }

  get hosting(): boolean {
    return isHost(this.room, this.self);
  }

  leave(): void {
    this.connection.tell("user:action", { action: "leave", target: this.roomId });
    this.connection.close();
  }

  async moderate(deed: Deed): Promise<void> {
    await this.connection.request("chat:moderate", { roomId: this.roomId, ...deed });
  }

  #moderated({ action, targetUserId, targetUsername }: Moderated): void {
    if (!targetUserId) return;
    if (targetUserId === this.self.userId && (action === "kick" || action === "ban")) {
      this.#removed = true;
      this.problem = action === "ban" ? "You have been removed from this room and cannot come back." : "You have been removed from this room.";
    }
    const person = { userId: targetUserId, username: targetUsername ?? "" };
    if (action === "ban") this.banned = withArrivals(this.banned, [person]);
    if (action === "unban") this.banned = withPresence(this.banned, [], [person]);
  }

  async #join(): Promise<void> {
    if (this.#removed) return;
    const { after } = this.chat;
    const metadata = after === undefined ? {} : { metadata: { after } };
    try {
      const joined = await this.connection.request<Joined>("user:action", { action: "join", target: this.roomId, ...metadata });
      this.room = { ...this.room, ...joined.room };
      this.participants = joined.participants;
      this.closed = joined.room.closed ?? false;
      this.problem = "";
      this.chat.take(joined.history, joined.truncated ?? false);
      this.play.take(joined.quiz);
      if (this.hosting) await this.#listPeople();
    } catch (error) {
      this.#notJoined(failureOf(error));
    }
  }

  #notJoined(failure: Failure): void {
    if (failure.type === "offline") return;
    const limited = failure.type.endsWith("LIMIT_EXCEEDED");
    if (failure.passing || limited || failure.type === "STORE_UNAVAILABLE") {
      setTimeout(() => this.connection.online && void this.#join(), failure.detail.retryAfterMs ?? 2000);
      return;
    }
    this.problem =
      failure.type === "NOT_FOUND"
        ? "There is no such room."
        : failure.type === "VALIDATION_ERROR"
          ? "This is not the address of a room."
          : inWords(failure);
  }

  async #listPeople(): Promise<void> {
    let people: People = new Map();
    let cursor: string | null = null;
    do {
      type Page = { participants: Person[]; cursor: string | null };
      const page: Page = await this.connection.request<Page>("room:participants", {
        roomId: this.roomId,
        limit: 100,
        ...(cursor ? { cursor } : {}),
      });
      people = withArrivals(people, page.participants);
      cursor = page.cursor;
    } while (cursor && people.size < LISTED);
    this.people = people;
  }

  #presence({ participants, joined = [], left = [] }: Presence): void {
    this.participants = participants;
    if (this.hosting) this.people = withPresence(this.people, joined, left);
  }
}
