import type { Message } from "../protocol";

// The messages of a room in the order of their seq, each once, however often and in whatever order
// they arrive.

export function merged(known: readonly Message[], arrived: readonly Message[]): Message[] {
  const newest = known.at(-1)?.seq ?? 0;
  const next = arrived[0];
  if (arrived.length === 1 && next && next.seq > newest) return [...known, next];
  const bySeq = new Map(known.map((message) => [message.seq, message]));
  for (const message of arrived) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

export function lastSeq(messages: readonly Message[]): number {
  return messages.at(-1)?.seq ?? 0;
}

// The seq after which something is missing between what is known; undefined: nothing is.
export function gapAfter(messages: readonly Message[]): number | undefined {
  for (let at = messages.length - 1; at > 0; at -= 1) {
    const before = messages[at - 1]!.seq;
    if (messages[at]!.seq !== before + 1) return before;
  }
  return undefined;
}

// A deleted message keeps its place and loses its content.
export function withDeleted(messages: readonly Message[], messageId: string): Message[] {
  return messages.map((message) =>
    message.messageId === messageId ? { ...message, content: "", deleted: true } : message,
  );
}

// Whether a message begins a new block: another author, or some minutes of silence before it.
export function startsBlock(messages: readonly Message[], at: number): boolean {
  const message = messages[at]!;
  const before = messages[at - 1];
  return (
    !before || before.userId !== message.userId || message.timestamp - before.timestamp > 300_000
  );
}
