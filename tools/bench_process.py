"""Start-up time and resident memory of the release server, and the micro-benchmarks."""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import tempfile
import time

STARTS = 7
START_BUDGET_MS = 300
MEMORY_BUDGET_MB = 30
BUDGETS_NS = {"DecodeAndEncodeEventOf156Bytes": 700}  # by the name of the benchmark


def start_server(build, data):
    """Starts the server on a free port; returns (process, milliseconds until its ready line)."""
    began = time.monotonic()
    server = subprocess.Popen(
        [build / "lectern", "serve", "--listen", "127.0.0.1:0", "--data", data],
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


def server_lines(build):
    """Lines of text: what the whole product takes to start, and while nobody is there."""
    with tempfile.TemporaryDirectory() as data:
        first, first_ms = start_server(build, data)
        stop(first)
        times = []
        for _ in range(STARTS):
            server, took = start_server(build, data)
            times.append(took)
            time.sleep(0.5)  # what the first moments allocate is counted as well
            memory = resident_mb(server.pid)
            stop(server)
    return [f"{'start, empty data directory':44} {first_ms:8.0f} ms",
            f"{f'start, median of {STARTS}':44} {statistics.median(times):8.0f} ms   "
            f"budget {START_BUDGET_MS}",
            f"{'resident memory, idle':44} {memory:8.1f} MB   budget {MEMORY_BUDGET_MB}"]


def run_micro_benchmarks(build, words):
    """Runs and prints those whose name contains one of the words; all of them without a word."""
    for path in sorted((build / "bench").glob("*_bench")):
        if words and not any(word in path.name for word in words):
            continue
        print(f"\n{path.name}", flush=True)
        run_micro_benchmark(path)


def run_micro_benchmark(path):
    """Runs one program, and says of the benchmarks in it that have a budget whether they keep it."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([path, "--benchmark_min_time=0.2", f"--benchmark_out={report.name}"],
                       check=True, stderr=subprocess.DEVNULL)
        results = json.load(report)["benchmarks"]
    for result in results:
        if budget := BUDGETS_NS.get(result["name"]):
            kept = "kept" if result["cpu_time"] <= budget else "missed"
            print(f"{result['name']:44} {result['cpu_time']:8.0f} ns   budget {budget} {kept}")
