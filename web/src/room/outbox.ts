// Messages on their way to the server. Each keeps its client id until the server has answered, so
// that sending again after a lost connection posts nothing twice. A value without a clock.

export interface Unsent {
  clientId: string;
  content: string;
  failed?: string; // why the server refused it, in words; sent again only when somebody asks
}

export const MAX_UNSENT = 50;

export function queued(outbox: readonly Unsent[], clientId: string, content: string): Unsent[] {
  return [...outbox, { clientId, content }].slice(-MAX_UNSENT);
}

export function settled(outbox: readonly Unsent[], clientId: string): Unsent[] {
  return outbox.filter((unsent) => unsent.clientId !== clientId);
}

export function refused(outbox: readonly Unsent[], clientId: string, why: string): Unsent[] {
  return outbox.map((unsent) =>
    unsent.clientId === clientId ? { ...unsent, failed: why } : unsent,
  );
}

export function revived(outbox: readonly Unsent[], clientId: string): Unsent[] {
  return outbox.map((unsent) =>
    unsent.clientId === clientId ? { clientId, content: unsent.content } : unsent,
  );
}

// What was stored by an earlier life of the page; anything unexpected is dropped.
export function restored(stored: string | null): Unsent[] {
  try {
    const read: unknown = JSON.parse(stored ?? "[]");
    if (!Array.isArray(read)) return [];
    return read
      .filter((item) => typeof item?.clientId === "string" && typeof item?.content === "string")
      .map(({ clientId, content, failed }) =>
        typeof failed === "string" ? { clientId, content, failed } : { clientId, content },
      );
  } catch {
    return [];
  }
}
