#!/usr/bin/env python3
"""Fails on file, type and function names that say nothing, and on words that age.

usage: check_names.py [root folder]
"""
import pathlib
import re
import sys

import sources

# Nouns that name no thing: whatever is called like this becomes everything.
EMPTY_WORDS = ("manager", "helper", "helpers", "util", "utils", "utility", "common", "impl")
EMPTY_FUNCTIONS = ("do_it", "handle_data", "process")
CODE = (".h", ".cc", ".py", ".ts", ".mjs", ".svelte")
EXAMPLES = ("check_names.py", "lints_test.py")  # they quote what is forbidden

DEFINITION = re.compile(r"\b(?:class|struct|enum class|enum|namespace|def|function|using)\s+(\w+)")
CALLED = re.compile(r"\b(\w+)\s*\(")
COMMENT = re.compile(r"(?://|#|^\s*\*)\s?(.*)$")
UNOWNED_TODO = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# Absolute paths of one machine and hosts of package registries have no place in the project.
MACHINE = re.compile(
    r"(?<![\w.])/(?:work|home/\w+|Users)/|deb\.debian\.org|registry\.npmjs|security\.debian")


def words(name):
    """Splits snake_case and PascalCase into lower-case words."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]


def name_violations(text):
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split("//")[0]
        for name in DEFINITION.findall(code):
            for word in set(words(name)) & set(EMPTY_WORDS):
                yield number, f"the name {name} says nothing: {word}"
        for name in CALLED.findall(code):
            if name in EMPTY_FUNCTIONS and re.match(r"\s*(?:\w[\w:<>&* ]*\s)?" + name, code):
                yield number, f"the name {name} says nothing"


def comment_violations(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = COMMENT.search(line)
        if match and UNOWNED_TODO.search(match.group(1)):
            yield number, "a comment says what is, an issue says what is to do"


def violations(root):
    for path in sources.text_files(root):
        name = path.relative_to(root).as_posix()
        for word in set(words(path.stem)) & set(EMPTY_WORDS):
            yield f"{name}: the file name says nothing: {word}"
        if path.name in EXAMPLES:
            continue
        text = path.read_text(encoding="utf-8")
        found = []
        if path.suffix in CODE:
            found += list(name_violations(text)) + list(comment_violations(text))
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line):
                found.append((number, "names one machine or a registry's host"))
        for number, problem in sorted(found):
            yield f"{name}:{number}: {problem}"


def main(arguments):
    root = pathlib.Path(arguments[0] if arguments else ".")
    found = list(violations(root))
    print("\n".join(found) or "names: every one says something")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
