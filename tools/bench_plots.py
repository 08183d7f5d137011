"""Bar charts as SVG, readable on a light and on a dark page."""
from xml.sax.saxutils import escape

WIDTH = 760
LABELS = 300  # px of the column of names
VALUES = 110  # px kept free for the figure behind the longest bar
BAR = 22
STEP = 32
TOP = 44

# The page's colours are not known, so nothing is drawn behind the bars, and the letters follow the
# reader's scheme.
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #24292f; }
  .title { font-weight: 600; }
  .note { font-size: 12px; fill: #57606a; }
  .own { fill: #1f6feb; }
  .other { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note { fill: #9198a1; }
    .own { fill: #58a6ff; }
    .other { fill: #7d8590; }
  }
"""


def bar_chart(title, bars, note=""):
    """`bars` is a list of (name, value, text of the value, kind), and kind is own or other."""
    height = TOP + STEP * len(bars) + (26 if note else 8)
    largest = max(value for _, value, _, _ in bars) or 1
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" role="img">',
             f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>",
             f'<text class="title" x="0" y="20">{escape(title)}</text>']
    for index, (name, value, text, kind) in enumerate(bars):
        y = TOP + STEP * index
        length = max(1.5, (WIDTH - LABELS - VALUES) * value / largest)
        parts += [f'<text x="{LABELS - 12}" y="{y + 16}" text-anchor="end">{escape(name)}</text>',
                  f'<rect class="{kind}" x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" rx="2"/>',
                  f'<text x="{LABELS + length + 8:.1f}" y="{y + 16}">{escape(text)}</text>']
    if note:
        parts.append(f'<text class="note" x="0" y="{height - 8}">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>", ""])
