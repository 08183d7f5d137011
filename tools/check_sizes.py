#!/usr/bin/env python3
"""Fails when a source file or a C++ function is longer than the house style allows.

usage: check_sizes.py [root folder]
"""
import pathlib
import re
import sys

import sources

FILE_LIMIT = 600
TEST_FILE_LIMIT = 1000
FUNCTION_LIMIT = 60
# Tables that are generated or copied from a standard may be as long as they are.
TABLES = {"src/gate/entity_names.cc"}
CODE = (".h", ".cc", ".py", ".mjs", ".ts", ".svelte", ".css")

NOT_A_FUNCTION = re.compile(r"^(namespace|class|struct|enum|union|extern)\b(?!.*\()")


def is_test(path):
    return "_test." in path.name or ".test." in path.name or "_conformance." in path.name


def long_functions(lines):
    """Yields (line number, length) of each function over the limit.

    clang-format closes a free function with `}` in column 0 and a member function that stands in its
    class with `}` in column 2; the nearest line above that starts in the same column opens it.
    """
    starts = {0: None, 2: None}
    for number, line in enumerate(lines, 1):
        column = len(line) - len(line.lstrip())
        if not line.strip() or column not in starts or line.lstrip().startswith(("#", ")")):
            continue
        if line.strip() != "}":
            starts[column] = (number, line.strip())
            continue
        start, opening = starts[column] or (number, "")
        if not NOT_A_FUNCTION.search(opening) and number - start > FUNCTION_LIMIT:
            yield start, number - start


def violations(root):
    for path in sources.text_files(root, CODE):
        name = path.relative_to(root).as_posix()
        if name in TABLES:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        limit = TEST_FILE_LIMIT if is_test(path) or name.startswith("tests/") else FILE_LIMIT
        if len(lines) > limit:
            yield f"{name}: {len(lines)} lines, at most {limit}; split it by noun"
        if path.suffix in (".h", ".cc") and not is_test(path):
            for start, length in long_functions(lines):
                yield f"{name}:{start}: a function of {length} lines, at most {FUNCTION_LIMIT}"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else ".")
    found = list(violations(root))
    print("\n".join(found) or "sizes: every file and function fits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
