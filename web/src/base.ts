// Where the application lives on its host. The server puts its `server.base_path` in front of every
// address in index.html, and so into this meta element as well.

// The path without its last slash: "" at the root.
export function baseOf(content: string | null | undefined): string {
  return (content ?? "/").replace(/\/+$/, "");
}

const meta = typeof document === "undefined" ? null : document.querySelector<HTMLMetaElement>('meta[name="base-path"]');
const base = baseOf(meta?.content);

// The address of a path of the application: "/rooms" is at "/lectern/rooms".
export function at(path: string, under = base): string {
  return under + path;
}

// The reverse; null for an address outside the application.
export function within(address: string, under = base): string | null {
  if (address === under) return "/";
  return address.startsWith(`${under}/`) ? address.slice(under.length) : null;
}
