// Reads the content of a text message: the server's sanitised HTML, which knows six elements
// without attributes and escapes everything else. Source: docs/protocol.md, "Content".
//
// Nothing here interprets HTML: what is not exactly one of the twelve tags or a character
// reference is text. So whatever the input, the result holds text and those six elements only.

export const ELEMENTS = ["b", "i", "em", "strong", "code", "pre"] as const;
export type ElementName = (typeof ELEMENTS)[number];

export type Node = string | { element: ElementName; children: Node[] };

// What a named reference such as "copy" stands for; undefined: no such name.
export type NamedReference = (name: string) => string | undefined;

const MAX_DEPTH = 32;
const TOKEN = /<(\/?)(b|i|em|strong|code|pre)>|&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});/g;

const COMMON: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'", nbsp: "\u00a0" };

export function parseMarkup(content: string, named: NamedReference = () => undefined): Node[] {
  const root: Node[] = [];
  const open: { element: ElementName; children: Node[] }[] = [];
  const children = () => open.at(-1)?.children ?? root;
  const addText = (text: string) => {
    const into = children();
    const last = into.at(-1);
    if (typeof last === "string") into[into.length - 1] = last + text;
    else if (text) into.push(text);
  };

  let read = 0;
  for (const match of content.matchAll(TOKEN)) {
    addText(content.slice(read, match.index));
    read = match.index + match[0].length;
    const [token, slash, tag, reference] = match;
    if (reference !== undefined) {
      addText(resolve(reference, named) ?? token);
    } else if (slash) {
      if (open.at(-1)?.element === tag) open.pop();
      else addText(token);
    } else if (open.length < MAX_DEPTH) {
      const node = { element: tag as ElementName, children: [] };
      children().push(node);
      open.push(node);
    } else {
      addText(token);
    }
  }
  addText(content.slice(read));
  return root;
}

// The text alone, for places that show no markup.
export function plainText(nodes: Node[]): string {
  return nodes.map((node) => (typeof node === "string" ? node : plainText(node.children))).join("");
}

function resolve(reference: string, named: NamedReference): string | undefined {
  if (!reference.startsWith("#")) {
    return Object.hasOwn(COMMON, reference) ? COMMON[reference] : named(reference);
  }
  const hexadecimal = /^#[xX]/.test(reference);
  const code = parseInt(reference.slice(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
  const readable = code === 0x9 || code === 0xa || (code >= 0x20 && !(code >= 0x7f && code <= 0x9f));
  const scalar = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return readable && scalar ? String.fromCodePoint(code) : undefined;
}
