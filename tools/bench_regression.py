#!/usr/bin/env python3
"""Fails when Lectern has become much dearer, compared with the bare loop, than it was recorded.

usage: bench_regression.py [--build FOLDER] [--record]

Short runs of the bare loop and of Lectern take turns, so that whatever else the machine does hits
both. --record writes what was found to bench/recorded.json instead of comparing.
"""
import argparse
import dataclasses
import json
import statistics
import sys

import bench_rows
import bench_servers

RECORDED = bench_rows.ROOT / "bench" / "recorded.json"
MARGIN = 1.6
ROUNDS = 3
PAIR = (bench_rows.FLOOR, bench_rows.LECTERN)
SHORT = {
    "delivery": {"seconds": 0.8, "warm-up": 0.3},
    "burst": {"seconds": 1, "warm-up": 0.5, "rate": 5},  # the first ticks pay for the memory
    "roundtrip": {"seconds": 0.8, "warm-up": 0.3},
}


def ratio_of(runs):
    """`runs` is one pair of figures, floor and Lectern, for each round."""
    return statistics.median(own / floor for floor, own in runs)


def measure(row, build):
    """The ratio of one row, round by round in turns."""
    variants = bench_rows.named(bench_rows.VARIANTS, PAIR)
    short = dataclasses.replace(row, quick=SHORT[row.name])
    return ratio_of([[bench_servers.measure(variant, short, build, quick=True)["server_us"]
                      for variant in variants] for _ in range(ROUNDS)])


def complaints(found, recorded):
    """One line for each ratio that is more than MARGIN times the recorded one, or has none."""
    for name, ratio in found.items():
        if name not in recorded:
            yield f"{name}: nothing is recorded; run tools/bench_regression.py --record"
        elif ratio > MARGIN * recorded[name]:
            yield (f"{name}: {ratio:.2f} × the bare loop, recorded were {recorded[name]:.2f}; "
                   f"at most {MARGIN} times that is allowed")


def main(words):
    parser = argparse.ArgumentParser(description="Compares ratios with the recorded ones.")
    parser.add_argument("--build", default="build/release", help="folder of the programs")
    parser.add_argument("--record", action="store_true", help="write bench/recorded.json")
    options = parser.parse_args(words)
    build = (bench_rows.ROOT / options.build).resolve()
    found = {}
    try:
        for row in bench_rows.named(bench_rows.ROWS, SHORT):
            found[row.name] = measure(row, build)
            print(f"{row.name}: {found[row.name]:.2f} × the bare loop", flush=True)
    except bench_servers.RunFailed as failure:
        print(f"bench: {failure}")
        return 1
    if options.record:
        rounded = {name: round(ratio, 2) for name, ratio in found.items()}
        RECORDED.write_text(json.dumps(rounded, indent=2) + "\n", encoding="utf-8")
        return 0
    told = list(complaints(found, json.loads(RECORDED.read_text(encoding="utf-8"))))
    print("\n".join(told) or "no ratio is much above the recorded one")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
