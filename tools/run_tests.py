#!/usr/bin/env python3
"""Runs every test of the project, stage by stage; the last line is `N passed, N failed`.

usage: run_tests.py [--full] [--only STAGE]... [--list]

Each stage writes its whole output to build/test-logs/<stage>.log and shows it only when it failed.
A stage that fails without a failed test (it does not build, its runner dies, it runs no test) counts
as one failed test.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import test_counts
from test_counts import Counts

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / "build" / "test-logs"
JOBS = str(os.cpu_count() or 2)


class StageFailed(Exception):
    """A step that no later step of the same stage can do without went wrong."""


class Stage:
    """One run of commands that share a log file; adds up what their runners counted."""

    def __init__(self, name, full):
        self.name = name
        self.full = full
        self.counts = Counts(0, 0)
        self.log = LOGS / f"{name}.log"

    def command(self, *words, limit=900, **variables):
        """Runs a command, appends its output to the log, returns (exit code, output)."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(map(str, words))}\n")
        start = self.log.stat().st_size
        with self.log.open("ab") as log:
            # A session of its own, so that a runner that hangs goes away with all its children.
            child = subprocess.Popen([str(word) for word in words], cwd=ROOT, stdout=log,
                                     stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                     start_new_session=True, env={**os.environ, **variables})
            try:
                code = child.wait(limit)
            except subprocess.TimeoutExpired:
                code = 124
                log.write(f"\nstopped after {limit} s\n".encode())
            finally:
                end_session(child)
        with self.log.open("rb") as log:
            log.seek(start)
            return code, log.read().decode(errors="replace")

    def need(self, *words, **options):
        """Runs a command that runs no tests and must succeed."""
        code, _ = self.command(*words, **options)
        if code != 0:
            raise StageFailed(f"{words[0]} failed")

    def check(self, *words, **options):
        """Runs a command that is one test."""
        code, _ = self.command(*words, **options)
        self.counts += Counts(1, 0) if code == 0 else Counts(0, 1)

    def check_together(self, commands, **options):
        """Runs commands that are one test each, as many at once as there are cores."""
        def run(named):
            name, words = named
            part = Stage(f"{self.name}-{name}", self.full)
            part.log.write_bytes(b"")
            part.check(*words, **options)
            return part

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for part in pool.map(run, commands):
                self.counts += part.counts
                with self.log.open("ab") as log:
                    log.write(part.log.read_bytes())
                part.log.unlink()

    def runner(self, count, *words, **options):
        """Runs a test runner; `count` reads its closing lines."""
        code, output = self.command(*words, **options)
        self.counts += test_counts.settle(count(output), code)


def end_session(child):
    """Ends what a command left behind in its session."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def node_tests(stage, *folders, limit=900, **variables):
    """Runs the *.test.mjs files of some folders of tests/, one file after the other."""
    for folder in folders:
        for path in sorted((ROOT / "tests" / folder).glob("*.test.mjs")):
            stage.runner(test_counts.node, "node", "--test", "--test-reporter=tap",
                         path.relative_to(ROOT), limit=limit, **variables)


def ctest(stage, preset, *arguments, limit=1200, **variables):
    stage.runner(test_counts.ctest, "ctest", "--test-dir", f"build/{preset}", "-j", JOBS,
                 "--output-on-failure", "--no-tests=error", "--timeout", "300", *arguments, limit=limit,
                 **variables)


def binary(preset):
    return {"LECTERN_BINARY": str(ROOT / "build" / preset / "lectern")}


def lint(stage):
    stage.check("python3", "tools/check_layers.py", "src")
    stage.check("python3", "tools/check_sizes.py")
    stage.check("python3", "tools/check_names.py")
    stage.check("python3", "tools/check_format.py")
    stage.check("python3", "tools/check_readme.py")
    stage.runner(test_counts.unittest, "python3", "-m", "unittest", "discover", "-s", "tools",
                 "-p", "*_test.py")


def unit(stage):
    stage.need("script/build", "dev", limit=1800)
    # kill -9, failures of power and flipped bytes, over the store alone.
    faults = {"LECTERN_KILL_ROUNDS": "200", "LECTERN_POWER_SEEDS": "500", "LECTERN_FLIPS": "1000"} if stage.full else {}
    ctest(stage, "dev", "-LE", "lint|property", **faults)


def consumers(stage):
    """The library as other projects use it: installed, and as a part of their own build."""
    build = ROOT / "build" / "consumers"
    prefix = build / "prefix"
    shutil.rmtree(prefix, ignore_errors=True)
    shutil.rmtree(build / "install", ignore_errors=True)
    stage.need("cmake", "--preset", "dev")
    stage.need("cmake", "--build", "build/dev", "-j", JOBS, "--target", "lectern_server", "lectern_client",
               limit=1800)
    stage.check("cmake", "--build", "build/dev", "-j", JOBS, "--target", "all_verify_interface_header_sets")
    stage.need("cmake", "--install", "build/dev", "--prefix", prefix, "--component", "library")
    ccache = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    for name, *options in (("install", f"-DCMAKE_PREFIX_PATH={prefix}"), ("subdir", *ccache)):
        stage.check("ctest", "--build-and-test", f"tests/{name}", build / name, "--build-generator", "Ninja",
                    "--build-noclean", *(["--build-options", *options] if options else []),
                    "--test-command", "consumer")
    (ROOT / "build" / "reference").mkdir(parents=True, exist_ok=True)
    stage.check("doxygen", "docs/Doxyfile")


def asan(stage):
    stage.need("script/build", "asan", limit=1800)
    ctest(stage, "asan", "-L", "unit")


def integration(stage):
    stage.need("script/build", "asan", "lectern", limit=1800)
    node_tests(stage, "integration", **binary("asan"))


def conformance(stage):
    stage.need("script/build", "asan", "playground", "client", limit=1800)
    program = ROOT / "build" / "asan" / "examples" / "playground"
    node_tests(stage, "conformance", LECTERN_PLAYGROUND=str(program),
               LECTERN_CHURN_SECONDS="60" if stage.full else "10")


def property_tests(stage):
    stage.need("script/build", "asan", limit=1800)
    stage.need("script/build", "dev", "lectern", limit=1800)
    ctest(stage, "asan", "-L", "property", *(["--repeat", "until-fail:10"] if stage.full else []),
          limit=2400)
    rounds = "50" if stage.full else "5"
    node_tests(stage, "property", limit=1800, LECTERN_KILL_ROUNDS=rounds, **binary("dev"))


def fuzz(stage):
    # clang sees every source; the unit tests only with --full.
    targets = [] if stage.full else ["fuzzers", "lectern", "playground", "client"]
    stage.need("script/build", "fuzz", *targets, limit=1800)
    seconds = 60 if stage.full else 4
    targets = sorted((ROOT / "build" / "fuzz" / "fuzz").glob("*_fuzz"))
    if not targets:
        raise StageFailed("there is no fuzz target")
    commands = []
    for target in targets:
        name = target.name.removesuffix("_fuzz")
        # libFuzzer writes what it finds into its first folder, so the corpus comes second.
        found = ROOT / "build" / "fuzz" / "found" / name
        found.mkdir(parents=True, exist_ok=True)
        corpus = [path for path in (ROOT / "fuzz" / "corpus" / name,) if path.is_dir()]
        commands.append((name, [target, f"-max_total_time={seconds}", "-timeout=10",
                                "-rss_limit_mb=2048", "-print_final_stats=1",
                                f"-artifact_prefix={found.parent}/{name}-", found, *corpus]))
    stage.check_together(commands, limit=seconds + 120)


def web(stage):
    stage.need("npm", "--prefix", "web", "run", "check", "--if-present")
    stage.runner(test_counts.javascript, "npm", "--prefix", "web", "test")


def browser(stage):
    stage.need("script/build", "release", "lectern", limit=1800)
    node_tests(stage, "browser", **binary("release"))


def bench(stage):
    """What a delivery and a round trip cost beside the bare loop, compared with the recorded ratios."""
    stage.need("script/build", "release", "bench_load", "bench_floor", "bench_peer", limit=1800)
    stage.check("python3", "tools/bench_regression.py", limit=300)


def tsan(stage):
    stage.need("script/build", "tsan", limit=1800)
    options = {"TSAN_OPTIONS": f"suppressions={ROOT}/tools/tsan_suppressions.txt"}
    ctest(stage, "tsan", "-L", "unit|property", **options)
    node_tests(stage, "integration", **binary("tsan"), **options)


def tidy(stage):
    stage.need("cmake", "--preset", "fuzz")  # clang's compile commands; nothing is built
    stage.check("python3", "tools/check_tidy.py", "build/fuzz", limit=2400)


def soak(stage):
    stage.need("script/build", "release", "lectern", limit=1800)
    node_tests(stage, "soak", limit=1200, **binary("release"))


# In this order, cheapest complaint first; the value says whether only --full runs it. A stage stands
# here from the commit on that brings its first test: one that runs no test counts as failed.
STAGES = {lint: False, web: False, unit: False, consumers: False, asan: False, integration: False,
          conformance: False, property_tests: False, fuzz: False, browser: False, bench: False, tidy: True, tsan: True, soak: True}


def stage_name(run):
    return run.__name__.removesuffix("_tests")


def show_failure(stage):
    lines = stage.log.read_text(encoding="utf-8", errors="replace").splitlines()
    failed = [line for line in lines if line.lstrip().startswith("not ok")]
    shown = failed[:40] + ["..."] + lines[-120:]
    print("\n".join("    " + line[:300] for line in shown))
    print(f"    (all of it: {stage.log.relative_to(ROOT)})")


def run_stage(run, full):
    """Runs one stage and prints its line."""
    stage = Stage(stage_name(run), full)
    stage.log.write_bytes(b"")
    start = time.monotonic()
    print(f"{stage.name}: running", flush=True)
    try:
        run(stage)
        stage.counts = test_counts.settle(stage.counts, 0)
    except StageFailed as failure:
        print(f"{stage.name}: {failure}")
        stage.counts += Counts(0, 1)
    took = time.monotonic() - start
    print(f"{stage.name}: {stage.counts.passed} passed, {stage.counts.failed} failed in {took:.0f} s",
          flush=True)
    if stage.counts.failed:
        show_failure(stage)
    return stage.counts


def main():
    parser = argparse.ArgumentParser(prog="script/test", description="Builds and runs every test.")
    parser.add_argument("--full", action="store_true",
                        help="also clang-tidy, ThreadSanitizer, long fuzzing, kill loops, soak")
    parser.add_argument("--only", action="append", metavar="STAGE", help="run this stage alone")
    parser.add_argument("--list", action="store_true", help="name the stages")
    options = parser.parse_args()
    known = {stage_name(run): run for run in STAGES}
    if options.list:
        print("\n".join(name + ("  (--full)" if STAGES[run] else "") for name, run in known.items()))
        return 0
    unknown = set(options.only or ()) - set(known)
    if unknown:
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    LOGS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    total = Counts(0, 0)
    for name, run in known.items():
        if name in options.only if options.only else options.full or not STAGES[run]:
            total += run_stage(run, options.full)
    print(f"all stages took {time.monotonic() - start:.0f} s")
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
