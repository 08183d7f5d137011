#!/usr/bin/env python3
"""Fails when a C++ block of README.md is not a file that the build compiles.

Above each block stands the file's name: <!-- examples/chat.cc -->

usage: check_readme.py [root folder]
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"^(?:<!-- (?P<file>\S+) -->\n)?```cpp\n(?P<code>.*?)^```$",
                   re.MULTILINE | re.DOTALL)


def violations(root):
    """Yields one line of text per block that says something else than its file."""
    text = (root / "README.md").read_text(encoding="utf-8")
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start("code"))
        path = root / (block["file"] or "")
        if not path.is_file():
            yield f"README.md:{line}: the line above names no file with this code"
        elif path.read_text(encoding="utf-8") != block["code"]:
            yield f"README.md:{line}: this is not what {block['file']} says"


def main(arguments):
    found = list(violations(pathlib.Path(arguments[0] if arguments else ".")))
    print("\n".join(found) or "readme: every block is a file of the project")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
