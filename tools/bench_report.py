"""Medians, spreads and ratios of the runs, and the table of them beside the budget."""
import dataclasses
import statistics

import bench_rows

FLAT_USER = 1.15  # user-space time for a delivery, dearest room size to cheapest
FLAT_TOTAL = 1.6
TICKS_PER_SECOND = 100  # the fewest that a kernel takes; it looks at each whether a program or it runs


@dataclasses.dataclass(frozen=True)
class Figure:
    """One variant in one row. `ratio` is the median of the ratios to the floor, round by round."""
    median: float
    low: float
    high: float
    ratio: float | None
    p50_us: float | None
    p99_us: float | None
    user_us: float  # user space alone: the mean, since it is counted in ticks …
    user_error: float  # … and the share of it that is chance, one standard deviation
    units: float  # of one run
    generator: float


def figure_of(row, runs, floor_runs):
    """`runs` and `floor_runs` are lists of what bench_load printed, one for each round."""
    def median(key):
        return statistics.median(run[key] for run in runs) if key in runs[0] else None

    values = [run[row.figure] for run in runs]
    ratios = [value / floor[row.figure] for value, floor in zip(values, floor_runs or [])
              if floor[row.figure] > 0]
    user_us = statistics.mean(run["server_user_us"] for run in runs)
    user_ticks = sum(run["server_user_us"] * run["units"] for run in runs) / 1e6 * TICKS_PER_SECOND
    return Figure(statistics.median(values), min(values), max(values),
                  statistics.median(ratios) if ratios else None, median("p50_us"), median("p99_us"),
                  user_us, max(1, user_ticks) ** -0.5, median("units"),
                  max(run["generator_share"] for run in runs))


def figures_of(results):
    """`results` is {row name: {variant name: runs}}; returns the same with figures."""
    rows = {row.name: row for row in bench_rows.ROWS}
    return {name: {variant: figure_of(rows[name], runs, variants.get(bench_rows.FLOOR))
                   for variant, runs in variants.items()}
            for name, variants in results.items()}


def title_of(row, figure):
    return row.title.format(units=f"{figure.units:,.0f}")


def number(row, value):
    """A figure with its unit."""
    if row.figure == "bytes":
        return f"{value / 1000:.2f} KB"
    return f"{value:.2f} µs" if value < 10 else f"{value:.1f} µs" if value < 100 else f"{value:.0f} µs"


def milliseconds(us):
    return "" if us is None else f"{us / 1000:.2f}" if us < 10_000 else f"{us / 1000:.0f}"


def judged(row, variant, figure):
    """(what is judged, its limit), or None where there is no budget or nothing to hold against it."""
    limit = row.limits.get(variant)
    value = figure.median if row.figure == "bytes" else figure.ratio
    return None if limit is None or value is None else (value, limit)


def budget_words(row, variant, figure):
    found = judged(row, variant, figure)
    if not found:
        return ""
    value, limit = found
    shown = f"≤ {limit / 1000:g} KB" if row.figure == "bytes" else f"≤ {limit:.2f} ×"
    return f"{shown} {'met' if value <= limit else 'MISSED'}"


def missed(figures):
    """One line for each budget that was measured and not met."""
    rows = {row.name: row for row in bench_rows.ROWS}
    for name, variants in figures.items():
        for variant, figure in variants.items():
            found = judged(rows[name], variant, figure)
            if found and found[0] > found[1]:
                yield f"{name}: {variant} is at {found[0]:.2f}, the budget is {found[1]:g}"


def table(figures):
    """(header, rows of cells) of every figure, in the order of the budget table."""
    header = ("work", "server", "median", "least – most", "× floor", "p50 ms", "p99 ms", "budget")
    lines = []
    for row in bench_rows.ROWS:
        for variant in bench_rows.VARIANTS:
            figure = figures.get(row.name, {}).get(variant.name)
            if figure is None:
                continue
            lines.append((title_of(row, figure), variant.title, number(row, figure.median),
                          f"{number(row, figure.low)} – {number(row, figure.high)}",
                          "" if figure.ratio is None or row.figure == "bytes" else f"{figure.ratio:.2f}",
                          milliseconds(figure.p50_us), milliseconds(figure.p99_us),
                          budget_words(row, variant.name, figure)))
    return header, lines


def flatness(figures):
    """What a delivery costs from 100 to 10,000 members; None unless all three sizes were measured."""
    sizes = ("delivery-100", "delivery", "delivery-10000")
    found = [figures.get(size, {}).get(bench_rows.LECTERN) for size in sizes]
    if None in found:
        return None
    total = [figure.median for figure in found]
    user = [figure.user_us for figure in found]
    error = max(figure.user_error for figure in found)
    return (f"Lectern's delivery at 100, 1,000, 10,000 members: total {span(total)} "
            f"(largest to smallest {max(total) / min(total):.2f}, budget {FLAT_TOTAL}), "
            f"user space {span(user)} (budget: within {FLAT_USER - 1:.0%}; "
            f"counted in ticks, so each is good to {error:.0%})")


def span(values):
    return " · ".join(f"{value:.2f}" for value in values) + " µs"


def busiest_generator(figures):
    return max(figure.generator for variants in figures.values() for figure in variants.values())


def as_text(figures):
    """The table for a terminal: one block for each kind of work."""
    header, lines = table(figures)
    widths = [max(len(line[column]) for line in [header, *lines]) for column in range(1, len(header))]
    out = []
    title = None
    for line in lines:
        if line[0] != title:
            title = line[0]
            heads = header[1:] if not out else ("",) * (len(header) - 1)
            out += ["", title] if out else [padded(heads, widths), title]
        out.append(padded(line[1:], widths))
    return "\n".join(out)


def padded(cells, widths):
    return ("  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths))).rstrip()
