// 128 random bits. crypto.randomUUID() exists on secure origins only, and a class may be held on a
// plain address of the local network.
export function newClientId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
