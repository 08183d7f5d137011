// The addresses of the application (contract: docs/protocol.md, "HTTP").
export type Page =
  | { name: "home" }
  | { name: "join"; code: string }
  | { name: "signin" }
  | { name: "rooms" }
  | { name: "room"; roomId: string }
  | { name: "nowhere" };

export function pageOf(path: string): Page {
  const parts = path.split("/").filter(Boolean).map(decoded);
  const [first, second] = parts;
  if (parts.length === 0) return { name: "home" };
  if (parts.length === 1 && first === "signin") return { name: "signin" };
  if (parts.length === 1 && first === "rooms") return { name: "rooms" };
  if (parts.length === 2 && first === "join" && second) return { name: "join", code: second };
  if (parts.length === 2 && first === "rooms" && second) return { name: "room", roomId: second };
  return { name: "nowhere" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

class Router {
  path = $state(typeof location === "undefined" ? "/" : location.pathname);
  page = $derived(pageOf(this.path));

  go(path: string, { replace = false } = {}): void {
    if (path === location.pathname) return;
    if (replace) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    this.path = path;
    scrollTo(0, 0);
  }

  // Follows links within the application without loading a page.
  listen(): void {
    addEventListener("popstate", () => (this.path = location.pathname));
    document.addEventListener("click", (event) => {
      const plain = !event.defaultPrevented && event.button === 0;
      if (!plain || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest?.("a");
      if (!link || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
      if (pageOf(link.pathname).name === "nowhere") return;
      event.preventDefault();
      this.go(link.pathname);
    });
  }
}

export const router = new Router();
