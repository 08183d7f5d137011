import type { Room, User } from "../protocol";

// Who runs the room: its creator, its co-hosts and administrators. Decides what is shown only; the
// server decides what is allowed.
export function isHost(room: Room | null, user: User | undefined): boolean {
  if (!room || !user) return false;
  if (user.role === "admin") return true;
  return room.creator?.userId === user.userId || (room.coHosts?.includes(user.userId) ?? false);
}
