#!/usr/bin/env python3
"""Shows what readers that stop cost the others: nothing.

usage: bench_stalled.py [--rounds N] [--build FOLDER]

A room of 1,000 hears 500 messages a second, with all of them reading and with 1 % that do not; runs
take turns. The sockets of the stalled are full from the start; within a run their queues pass the
limit, and the server closes them. The p99 of those that read may be 10 % above what it is when all do: medians of
the runs are compared, since single runs on a shared machine differ by more than that. Exit code 1
when it is more, 2 when the machine was too busy to tell.
"""
import argparse
import dataclasses
import statistics
import sys

import bench_rows
import bench_servers

MEMBERS = 1000
STALLED = 10
RATE = 500
QUEUE_BYTES = 250_000  # bench_load fills half of it before it measures
MOST = 1.10
TOO_BUSY = 0.9  # of the generator's core


def row(stalled):
    plan = bench_rows.room(MEMBERS - stalled, 1, RATE) | {"seconds": 6, "warm-up": 1}
    return bench_rows.Row(f"{stalled} stalled", "", plan | {"stalled": stalled}, {})


def variant():
    ours = bench_rows.named(bench_rows.VARIANTS, [bench_rows.LECTERN])[0]
    return dataclasses.replace(ours, command=(*ours.command, "--send-queue-bytes", str(QUEUE_BYTES)))


def main(words):
    parser = argparse.ArgumentParser(prog="bench_stalled.py", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--build", default="build/release", help="folder of the programs")
    options = parser.parse_args(words)
    build = (bench_rows.ROOT / options.build).resolve()
    p99_ms = {0: [], STALLED: []}
    busiest = 0
    for turn in range(options.rounds):
        for stalled, found in p99_ms.items():
            run = bench_servers.measure(variant(), row(stalled), build)
            found.append(run["p99_us"] / 1000)
            busiest = max(busiest, run["generator_share"])
            print(f"[{turn + 1}/{options.rounds}] {stalled} stalled: p99 {found[-1]:.2f} ms, "
                  f"{run['server_us']:.2f} us a delivery, generator {run['generator_share']:.0%}", flush=True)
    medians = {stalled: statistics.median(found) for stalled, found in p99_ms.items()}
    ratio = medians[STALLED] / medians[0]
    print(f"p99, medians of {options.rounds}: {medians[0]:.2f} ms, with {STALLED} of {MEMBERS} "
          f"stalled {medians[STALLED]:.2f} ms: {ratio:.2f} x, may be {MOST:.2f} x")
    if busiest > TOO_BUSY:
        print(f"the generator used {busiest:.0%} of its core: it measures itself, try a quieter machine")
        return 2
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
