"""Writes docs/benchmarks.md and docs/images/bench-*.svg of one run."""
import json
import os
import pathlib
import platform
import shutil
import subprocess
import timeit

import bench_plots
import bench_report
import bench_rows

PLOTTED = ("delivery", "burst", "roundtrip", "idle", "connect")
SIZES = (("delivery-100", "100"), ("delivery", "1,000"), ("delivery-10000", "10,000"))

OPENING = """# Benchmarks

What one server costs: the CPU time of its process, user and system, for one unit of work. All servers below ran on the same
machine in the same run, taking turns round by round, so hold the ratios; absolute figures belong to this machine.

```
{command}
```

{machine}
"""

METHOD = """## How it is measured

- **One core each.** The server has one core and one shard; the load generator ([bench/load](../bench/load)) has another core, and used
  {busiest:.0%} of it at most.
- **Rounds take turns.** Every figure is the median of {rounds} rounds, with the least and the most beside it; a ratio is the median of
  the ratios within each round. Every run starts a fresh server and warms it up first.
- **CPU comes from the scheduler**, in nanoseconds, over all threads of the server's process, and is read while the server is idle.
- **Rates are open.** A latency counts from the instant at which its message was due, not from when the generator got round to it. The
  round trip with one in flight on each connection is the exception: it finds the cost at full load, and its latency is a queue's.
- **Nothing is taken on trust.** Each member must hear every message once and in order, or the run is refused.
- **The same bytes.** The bare loop gets and sends the packets that a Socket.IO server would, with none of its work: it accepts, answers
  the upgrade, and calls `send()` once for each member and message. It checks no token and keeps nothing about its clients.
- **The peers** are Socket.IO as npm has it, with their defaults ([bench/peers](../bench/peers)). For idle memory and new connections all
  but the bare loop check a token; for idle memory, Lectern and the peers keep lost sessions for two minutes where they can.
"""

WHY = """Batches save the system calls and nothing else, so what a delivery gains by them depends on what a system call costs here;
[what a delivery consists of](decisions/006-what-a-delivery-costs.md) has the profile.
"""

RECORDED = """## uWebSockets: recorded, not run

uWebSockets cannot be installed from the registries that the peers come from. These figures were recorded earlier, on a virtual machine
with two cores and with another generator; compare them with the bare loop of the same recording only.
"""


def first_line(*words):
    """What a program says about itself; "-" without the program."""
    if not shutil.which(words[0]):
        return "-"
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=bench_rows.ROOT)
    return (done.stdout.splitlines() or ["-"])[0]


def npm_version(name):
    path = bench_rows.PEERS / "node_modules" / name / "package.json"
    return json.loads(path.read_text(encoding="utf-8"))["version"] if path.exists() else "-"


def system_call_ns():
    """What a system call that does nothing costs here, and Python's call of it, which is some 50 ns."""
    calls = 200_000
    return min(timeit.repeat(os.getppid, number=calls, repeat=5)) / calls * 1e9


def machine():
    """Lines of a Markdown table."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    models = [line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")]
    facts = (
        ("processor", f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"),
        ("kernel", f"Linux {platform.release().split('-')[0]}"),
        ("a system call", f"{system_call_ns():.0f} ns: `getppid()`, called from Python"),
        ("compiler", first_line("c++", "--version")),
        ("Lectern", first_line("git", "describe", "--always", "--dirty")),
        ("peers", f"socket.io {npm_version('socket.io')} on Node.js {first_line('node', '--version')} with "
                  f"ws {npm_version('ws')}, and on Bun {npm_version('bun')} with @socket.io/bun-engine "
                  f"{npm_version('@socket.io/bun-engine')}"))
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts)])


def markdown_table(figures):
    """One row for each server and kind of work; the work is named once."""
    header, lines = bench_report.table(figures)
    out = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    previous = None
    for line in lines:
        work, *cells = line
        out.append("| " + " | ".join(["" if work == previous else work, *cells]) + " |")
        previous = work
    return "\n".join(out)


def recorded_table():
    """What was measured elsewhere, with its own floor."""
    names = [name for name in bench_rows.ROWS[0].recorded if name != bench_rows.FLOOR]
    out = ["| work | bare send() loop | " + " | ".join(f"{name} | × floor" for name in names) + " |",
           "|---|---|" + "---|---|" * len(names)]
    for row in bench_rows.ROWS:
        if row.recorded:
            floor = row.recorded[bench_rows.FLOOR]
            cells = [f"{bench_report.number(row, row.recorded[name])} | {row.recorded[name] / floor:.2f}"
                     for name in names]
            work = row.title.format(units="10,000")  # only the row of idle connections has a number
            out.append(f"| {work} | {bench_report.number(row, floor)} | " + " | ".join(cells) + " |")
    return "\n".join(out)


def row_bars(row, figures):
    bars = []
    for variant in bench_rows.VARIANTS:
        if variant.name in figures:
            value = figures[variant.name].median
            kind = "own" if variant.name.startswith(bench_rows.LECTERN) else "other"
            bars.append((variant.title, max(value, 0), bench_report.number(row, value), kind))
    return bars


def size_bars(figures):
    row = bench_rows.named(bench_rows.ROWS, ["delivery"])[0]
    titles = {variant.name: variant.title for variant in bench_rows.VARIANTS}
    return [(f"{titles[name]}, {members}", figures[size][name].median,
             bench_report.number(row, figures[size][name].median), kind)
            for name, kind in ((bench_rows.FLOOR, "other"), (bench_rows.LECTERN, "own"))
            for size, members in SIZES]


def write_plots(folder, figures):
    """Writes what was measured; returns (file name, title) of each plot."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for row in bench_rows.named(bench_rows.ROWS, PLOTTED):
        if row.name in figures:
            title = bench_report.title_of(row, next(iter(figures[row.name].values())))
            chart = bench_plots.bar_chart(title, row_bars(row, figures[row.name]), "shorter is better")
            written.append((f"bench-{row.name}.svg", title, chart))
    if bench_report.flatness(figures):
        title = "one message delivered, by members of the room"
        written.append(("bench-sizes.svg", title,
                        bench_plots.bar_chart(title, size_bars(figures), "shorter is better")))
    for name, _, chart in written:
        (folder / name).write_text(chart, encoding="utf-8")
    return [(name, title) for name, title, _ in written]


def write(root, figures, product, command, rounds):
    """`product` is lines of text about the whole server; may be empty."""
    plots = write_plots(root / "docs" / "images", figures)
    misses = list(bench_report.missed(figures))
    outcome = "Every budget that was measured is met." if not misses else \
        "Not met: " + "; ".join(misses) + "."
    parts = [OPENING.format(command=command, machine=machine()), markdown_table(figures), "",
             "`× floor` compares with the bare loop in the same round. " + outcome]
    if flat := bench_report.flatness(figures):
        parts += ["", flat + "."]
    parts += ["", WHY, *(f"![{title}](images/{name})\n" for name, title in plots),
              METHOD.format(busiest=bench_report.busiest_generator(figures), rounds=rounds),
              RECORDED, recorded_table(), ""]
    if product:
        parts += ["## The whole server", "", "```", *product, "```", ""]
    (root / "docs" / "benchmarks.md").write_text("\n".join(parts), encoding="utf-8")
