import { at, within } from "./base";

// The paths of the application (contract: docs/protocol.md, "HTTP"), without the base path in front.
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

function here(): string {
  if (typeof location === "undefined") return "/";
  return within(location.pathname) ?? location.pathname;
}

class Router {
  path = $state(here());
  page = $derived(pageOf(this.path));

  go(path: string, { replace = false } = {}): void {
    if (path === here()) return;
    if (replace) history.replaceState(null, "", at(path));
    else history.pushState(null, "", at(path));
    this.path = path;
    scrollTo(0, 0);
  }

  // Follows links within the application without loading a page.
  listen(): void {
    addEventListener("popstate", () => (this.path = here()));
    document.addEventListener("click", (event) => {
      const plain = !event.defaultPrevented && event.button === 0;
      if (!plain || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = (event.target as Element | null)?.closest?.("a");
      if (!link || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
      const path = within(link.pathname);
      if (path === null || pageOf(path).name === "nowhere") return;
      event.preventDefault();
      this.go(path);
    });
  }
}

export const router = new Router();
