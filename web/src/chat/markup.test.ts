import { describe, expect, test } from "vitest";
import { ELEMENTS, parseMarkup, plainText, type Node } from "./markup";

function elements(nodes: Node[]): string[] {
  return nodes.flatMap((node) =>
    typeof node === "string" ? [] : [node.element, ...elements(node.children)],
  );
}

describe("the server's output", () => {
  test("the six elements nest", () => {
    expect(parseMarkup("Is <b>7 <i>really</i></b> prime?")).toEqual([
      "Is ",
      { element: "b", children: ["7 ", { element: "i", children: ["really"] }] },
      " prime?",
    ]);
    for (const element of ELEMENTS) {
      expect(parseMarkup(`<${element}>x</${element}>`)).toEqual([{ element, children: ["x"] }]);
    }
  });

  test("code keeps its lines and its escaped markup", () => {
    expect(parseMarkup("<pre><code>if a &lt; b:\n    f(&quot;x&quot;)</code></pre>")).toEqual([
      { element: "pre", children: [{ element: "code", children: ['if a < b:\n    f("x")'] }] },
    ]);
  });

  test("references become characters, once", () => {
    expect(parseMarkup("&amp;lt; &#39;&#x27; &#128512;")).toEqual(["&lt; '' 😀"]);
    expect(parseMarkup("&copy;", (name) => (name === "copy" ? "©" : undefined))).toEqual(["©"]);
    expect(parseMarkup("&unknown; & &;")).toEqual(["&unknown; & &;"]);
  });
});

describe("hostile input stays text", () => {
  const inputs = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b onfocus=alert(1) autofocus tabindex=1>hello</b>",
    "<B>x</B>",
    "<b >x</b >",
    "<b/>x",
    "< b>x",
    "<b\n>x",
    "<svg><b>x</b></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "<constructor>x</constructor>",
    "<!--<b>-->",
    "<b<b>x",
    "<style>*{}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&constructor; &__proto__; &toString;",
  ];
  test.each(inputs)("%s", (input) => {
    const found = elements(parseMarkup(input));
    for (const element of found) expect(ELEMENTS).toContain(element);
    expect(found.every((element) => element === "b")).toBe(true);
  });

  test("a tag with an attribute is shown as typed", () => {
    expect(parseMarkup("<b onclick=x>hi</b>")).toEqual(["<b onclick=x>hi</b>"]);
  });

  test("an escaped tag is never a tag", () => {
    expect(parseMarkup("&lt;b&gt;x&lt;/b&gt;")).toEqual(["<b>x</b>"]);
  });

  test("two messages side by side do not open a tag between them (D70)", () => {
    expect(elements([...parseMarkup("x<b"), ...parseMarkup(" onfocus=alert(1)>y")])).toEqual([]);
  });

  test("unbalanced markup ends with its message", () => {
    expect(parseMarkup("<b>x")).toEqual([{ element: "b", children: ["x"] }]);
    expect(parseMarkup("</b>x")).toEqual(["</b>x"]);
    expect(parseMarkup("<b><i>x</b>")).toEqual([
      { element: "b", children: [{ element: "i", children: ["x</b>"] }] },
    ]);
  });

  test("depth is bounded", () => {
    let depth = 0;
    for (let node: Node | undefined = parseMarkup("<b>".repeat(5000))[0]; typeof node === "object"; ) {
      depth += 1;
      node = node.children[0];
    }
    expect(depth).toBe(32);
  });

  test("references to what no text may hold stay as typed (D77)", () => {
    const typed = "&#0; &#27; &#xD800; &#x110000; &#9999999;";
    expect(parseMarkup(typed)).toEqual([typed]);
  });

  test("no input of the fuzzed alphabet yields anything but text and the six", () => {
    const pieces = ["<", ">", "/", "b", "i", "pre", "&", "lt;", "#x3c;", " ", "=", '"', "script", "\u0000"];
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) & 0x7fffffff);
    for (let round = 0; round < 3000; round += 1) {
      const input = Array.from({ length: 12 }, () => pieces[random() % pieces.length]).join("");
      for (const element of elements(parseMarkup(input))) expect(ELEMENTS).toContain(element);
    }
  });

  test("plain text drops the elements and keeps the words", () => {
    expect(plainText(parseMarkup("a <b>b</b> &lt;c&gt;"))).toBe("a b <c>");
  });
});
