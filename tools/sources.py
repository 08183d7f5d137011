"""The project's own text files, as the lints see them."""
import pathlib

FOLDERS = ("include", "src", "apps", "fuzz", "bench", "tests", "tools", "script", "web", "cmake",
           "docs", "deploy", "examples", ".ci")
SUFFIXES = (".h", ".cc", ".py", ".mjs", ".ts", ".svelte", ".css", ".html", ".cmake", ".txt", ".md",
            ".json", ".yaml", ".toml", ".sh", "")
SKIPPED = {"node_modules", "dist", "build", "corpus", "testdata", "__pycache__", "images"}


def text_files(root, suffixes=SUFFIXES):
    """Yields the paths below `root` that people wrote, sorted."""
    root = pathlib.Path(root)
    candidates = [path for path in root.iterdir() if path.is_file()]
    for folder in FOLDERS:
        candidates += (root / folder).rglob("*")
    for path in sorted(candidates):
        relative = path.relative_to(root)
        if path.is_file() and path.suffix in suffixes and not SKIPPED & set(relative.parts):
            if path.name != "package-lock.json":
                yield path
