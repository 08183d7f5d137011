#!/usr/bin/env python3
"""Prints start-up time and resident memory of the release server, then the micro-benchmarks.

usage: run_benchmarks.py [name of a benchmark]...
"""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RELEASE = ROOT / "build" / "release"
STARTS = 7
START_BUDGET_MS = 300
MEMORY_BUDGET_MB = 30
BUDGETS_NS = {"DecodeAndEncodeEventOf156Bytes": 700}  # by the name of the benchmark


def start_server(data):
    """Starts the server on a free port; returns (process, milliseconds until its ready line)."""
    began = time.monotonic()
    server = subprocess.Popen(
        [RELEASE / "lectern", "serve", "--listen", "127.0.0.1:0", "--data", data],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "LECTERN_SERVER_INTERNAL_LISTEN": "127.0.0.1:0"})
    for line in server.stdout:
        if line.startswith("lectern: ready"):
            return server, (time.monotonic() - began) * 1000
    raise SystemExit(f"bench: the server ended with {server.wait()} before it was ready")


def resident_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines()
                if line.startswith("VmRSS")) / 1024


def stop(server):
    server.send_signal(signal.SIGTERM)
    server.wait(15)


def print_server_figures():
    with tempfile.TemporaryDirectory() as data:
        first, first_ms = start_server(data)
        stop(first)
        times = []
        for _ in range(STARTS):
            server, took = start_server(data)
            times.append(took)
            time.sleep(0.5)  # what the first moments allocate is counted as well
            memory = resident_mb(server.pid)
            stop(server)
    print(f"{'start, empty data directory':44} {first_ms:8.0f} ms")
    print(f"{f'start, median of {STARTS}':44} {statistics.median(times):8.0f} ms   "
          f"budget {START_BUDGET_MS}")
    print(f"{'resident memory, idle':44} {memory:8.1f} MB   budget {MEMORY_BUDGET_MB}")
    return statistics.median(times) <= START_BUDGET_MS and memory <= MEMORY_BUDGET_MB


def run(path):
    """Runs one program of benchmarks; false when one of them took longer than its budget."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([path, "--benchmark_min_time=0.2", f"--benchmark_out={report.name}"],
                       check=True, stderr=subprocess.DEVNULL)
        results = json.load(report)["benchmarks"]
    within = True
    for result in results:
        budget = BUDGETS_NS.get(result["name"])
        if budget is None:
            continue
        print(f"{result['name']:44} {result['cpu_time']:8.0f} ns   budget {budget}")
        within = within and result["cpu_time"] <= budget
    return within


def main(arguments):
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    within = True
    if not arguments:
        within = print_server_figures()
    for path in sorted((RELEASE / "bench").glob("*_bench")):
        if arguments and not any(word in path.name for word in arguments):
            continue
        print(f"\n{path.name}", flush=True)
        within = run(path) and within
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
