import qrcode from "qrcode-generator";

// A QR code as the address of a picture: black on white with the quiet zone that readers need, in
// every colour scheme.
export function qrPicture(text: string): string {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const quiet = 4;
  const size = code.getModuleCount() + 2 * quiet;
  let path = "";
  for (let row = 0; row < code.getModuleCount(); row += 1) {
    for (let column = 0; column < code.getModuleCount(); column += 1) {
      if (code.isDark(row, column)) path += `M${column + quiet} ${row + quiet}h1v1h-1z`;
    }
  }
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size * 8}" height="${size * 8}" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<path fill="#fff" d="M0 0h${size}v${size}H0z"/><path d="${path}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
