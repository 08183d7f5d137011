// What "&name;" stands for, by the browser's own table. The name is letters and digits only, and
// the document it is read into is inert: nothing in it loads or runs.
export function namedReference(name: string): string | undefined {
  const reference = `&${name};`;
  const text = new DOMParser().parseFromString(reference, "text/html").body.textContent ?? "";
  return text === reference ? undefined : text;
}
