#!/usr/bin/env python3
"""Runs clang-tidy over every source of the project that a build folder compiles.

usage: check_tidy.py BUILD_FOLDER [word in the path]...
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def compiled_sources(build):
    """The project's own sources among the compile commands; tests are left to the compilers."""
    entries = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    paths = {pathlib.Path(entry["file"]) for entry in entries}
    return sorted(path for path in paths
                  if path.is_relative_to(ROOT) and not path.stem.endswith("_test")
                  and path.relative_to(ROOT).parts[0] in ("src", "apps"))


def main(arguments):
    build = pathlib.Path(arguments[0])
    program = shutil.which("clang-tidy-14") or shutil.which("clang-tidy")
    if program is None:
        print("tidy: clang-tidy-14 is not installed; run script/bootstrap")
        return 1
    paths = [path for path in compiled_sources(build)
             if len(arguments) == 1 or any(word in str(path) for word in arguments[1:])]

    def check(path):
        return subprocess.run([program, "--quiet", "-p", str(build), str(path)],
                              capture_output=True, text=True, check=False)

    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in zip(paths, pool.map(check, paths)):
            if result.returncode != 0:
                bad += 1
                print(f"{path.relative_to(ROOT)}\n{result.stdout}")
    print(f"tidy: {len(paths)} sources, {bad} with complaints")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
