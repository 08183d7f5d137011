#!/usr/bin/env python3
"""Measures the budget table: servers side by side under one load, in rounds that take turns.

usage: run_benchmarks.py [--rows A,B] [--variants A,B] [--rounds N] [--quick] [--write]
                         [--build FOLDER] [--list] [name of a micro-benchmark]...

Without rows and names: every row, start-up and idle memory of the product, and every
micro-benchmark. --write makes docs/benchmarks.md and its plots of what was measured. A missed budget
is told and is no error.
"""
import argparse
import json
import os
import pathlib
import shlex
import sys
import time

import bench_document
import bench_process
import bench_report
import bench_rows
import bench_servers

ROOT = bench_rows.ROOT


def run_rows(rows, variants, rounds, build, quick):
    """Runs A B C, A B C, …; returns {row: {variant: what each round printed}}."""
    results = {}
    plan = [(row, variant, turn) for row in rows for turn in range(rounds)
            for variant in bench_rows.VARIANTS
            if variant.name in row.variants and (not variants or variant.name in variants)]
    for done, (row, variant, turn) in enumerate(plan, 1):
        began = time.monotonic()
        run = bench_servers.measure(variant, row, build, quick)
        results.setdefault(row.name, {}).setdefault(variant.name, []).append(run)
        tail = f", p99 {run['p99_us'] / 1000:.2f} ms" if "p99_us" in run else ""
        print(f"[{done}/{len(plan)}] {row.name} {variant.name} round {turn + 1}: "
              f"{bench_report.number(row, run[row.figure])}{tail}, generator "
              f"{run['generator_share']:.0%}, took {time.monotonic() - began:.1f} s", flush=True)
    return results


def save(results, build):
    path = build / "bench" / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return path


def print_outcome(figures):
    print("\n" + bench_report.as_text(figures) + "\n")
    if flat := bench_report.flatness(figures):
        print(flat)
    busiest = bench_report.busiest_generator(figures)
    print(f"generator: {busiest:.0%} of its core at most"
          + (", which is too much: it measures itself" if busiest > 0.9 else ""))
    misses = list(bench_report.missed(figures))
    print("\n".join(f"missed: {miss}" for miss in misses) or "every budget that was measured is met")


def parse(words):
    parser = argparse.ArgumentParser(prog="script/bench", description="Measures the budget table.")
    parser.add_argument("names", nargs="*", help="micro-benchmarks to run, by a part of their name")
    parser.add_argument("--rows", help="kinds of work, separated by commas")
    parser.add_argument("--variants", help="servers, separated by commas")
    parser.add_argument("--rounds", type=int, help="5, or 3 with --quick")
    parser.add_argument("--quick", action="store_true", help="short runs, to try things out")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and its plots")
    parser.add_argument("--build", default="build/release", help="folder of the programs")
    parser.add_argument("--list", action="store_true", help="name the rows and the servers")
    options = parser.parse_args(words)
    try:
        options.rows = bench_rows.named(bench_rows.ROWS, options.rows.split(",")) if options.rows else []
        options.variants = (options.variants or "").split(",") if options.variants else []
        bench_rows.named(bench_rows.VARIANTS, options.variants)
    except KeyError as error:
        parser.error(f"there is no {error.args[0]}; see --list")
    options.everything = not options.names and not options.rows
    options.rounds = options.rounds or (3 if options.quick else 5)
    return options


def main(words):
    options = parse(words)
    build = (ROOT / options.build).resolve()
    if options.list:
        for thing in (*bench_rows.ROWS, *bench_rows.VARIANTS):
            print(f"{thing.name:16} {thing.title.format(units='many')}")
        return 0
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    product = []
    if options.everything:
        product = bench_process.server_lines(build)
        print("\n".join(product), flush=True)
    if options.rows or options.everything:
        try:
            results = run_rows(options.rows or bench_rows.ROWS, options.variants, options.rounds, build,
                               options.quick)
        except bench_servers.RunFailed as failure:
            print(f"bench: {failure}", file=sys.stderr)
            return 1
        figures = bench_report.figures_of(results)
        print_outcome(figures)
        print(f"every run: {os.path.relpath(save(results, build), pathlib.Path.cwd())}")
        if options.write:
            command = shlex.join(["script/bench", *words])
            bench_document.write(ROOT, figures, product, command, options.rounds)
    if options.names or options.everything:
        bench_process.run_micro_benchmarks(build, options.names)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
