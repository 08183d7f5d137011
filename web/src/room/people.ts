import type { Person } from "../protocol";

// Who is in the room, by user id, in the order of arrival.
export type People = ReadonlyMap<string, Person>;

export function withArrivals(people: People, joined: readonly Person[]): People {
  const next = new Map(people);
  for (const person of joined) next.set(person.userId, person);
  return next;
}

// The payload of room:presence.
export function withPresence(people: People, joined: readonly Person[], left: readonly Person[]): People {
  const next = new Map(withArrivals(people, joined));
  for (const { userId } of left) next.delete(userId);
  return next;
}
