#!/usr/bin/env python3
"""Fails when clang-format would change a C++ file.

usage: check_format.py [--fix] [root folder]
"""
import pathlib
import shutil
import subprocess
import sys

import sources


def formatter():
    """Version 14 decides; a newer one only where a distribution has no other."""
    return shutil.which("clang-format-14") or shutil.which("clang-format")


def main(arguments):
    fix = "--fix" in arguments
    folders = [argument for argument in arguments if argument != "--fix"]
    root = pathlib.Path(folders[0] if folders else ".")
    program = formatter()
    if program is None:
        print("format: clang-format-14 is not installed; run script/bootstrap")
        return 1
    paths = [str(path) for path in sources.text_files(root, (".h", ".cc"))]
    if not paths:
        return 0
    mode = ["-i"] if fix else ["--dry-run", "-Werror"]
    result = subprocess.run([program, *mode, *paths], capture_output=True, text=True, check=False)
    complaints = [line for line in result.stderr.splitlines() if "error:" in line]
    print("\n".join(complaints) or "format: clang-format agrees with every file")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
