"""Starts one server on a core of its own and lets the load generator at it from another."""
import json
import os
import re
import resource
import select
import signal
import subprocess
import time

import bench_rows

READY = re.compile(rb"ready http://127\.0\.0\.1:(\d+)\n")
START_LIMIT_S = 30
RUN_LIMIT_S = 180
FILES_BESIDE = 300  # descriptors that are no connections, on either side


class RunFailed(Exception):
    """A server did not start, or did something that leaves nothing to measure."""


def cores():
    """(core of the server, core of the generator), or None on a machine with only one."""
    free = sorted(os.sched_getaffinity(0))
    return (free[0], free[1]) if len(free) > 1 else None


def pinned(core):
    """What a child does before its program starts."""
    if core is None:
        return None
    return lambda: os.sched_setaffinity(0, {core})


def most_connections():
    """How many connections one process may have."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1] - FILES_BESIDE


def flag_words(flags):
    return [word for name, value in flags.items() for word in (f"--{name}", str(value))]


def server_words(variant, row, build):
    words = [word.format(build=build) for word in variant.command]
    if variant.flags and row.signed:
        words += ["--secret", bench_rows.SECRET]
    if variant.flags and row.recovery_ms:
        words += ["--recovery-ms", str(row.recovery_ms)]
    return words


def load_words(variant, row, build, port, pid, quick):
    plan = row.plan | (row.quick if quick else {})
    plan["connections"] = min(plan["connections"], most_connections())
    words = [f"{build}/bench/load/bench_load", "--port", str(port), "--pid", str(pid),
             "--dialect", variant.dialect, *flag_words(plan)]
    return words + (["--secret", bench_rows.SECRET] if row.signed else [])


def wait_for_port(server, name):
    """Reads the server's output up to the line that says where it listens."""
    deadline = time.monotonic() + START_LIMIT_S
    output = b""
    while not (match := READY.search(output)):
        left = deadline - time.monotonic()
        readable, _, _ = select.select([server.stdout], [], [], max(0, left))
        part = os.read(server.stdout.fileno(), 4096) if readable else b""
        if not part:
            raise RunFailed(f"{name} did not say that it is ready: {output.decode(errors='replace')}")
        output += part
    return int(match.group(1))


def stop(server):
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    server.stdout.close()


def measure(variant, row, build, quick=False):
    """Runs one variant under one row's load; returns what the generator printed, as a dict."""
    pair = cores() or (None, None)
    try:
        server = subprocess.Popen(server_words(variant, row, build), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, cwd=bench_rows.PEERS,
                                  preexec_fn=pinned(pair[0]))
    except OSError as error:
        raise RunFailed(f"{variant.name} cannot be started: {error}") from error
    try:
        port = wait_for_port(server, variant.name)
        words = load_words(variant, row, build, port, server.pid, quick)
        load = subprocess.run(words, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False,
                              preexec_fn=pinned(pair[1]))
        if load.returncode != 0:
            raise RunFailed(f"{row.name} on {variant.name}: {load.stderr.strip()}")
        return json.loads(load.stdout)
    except subprocess.TimeoutExpired as error:
        raise RunFailed(f"{row.name} on {variant.name} took more than {RUN_LIMIT_S} s") from error
    finally:
        stop(server)
