"""The arithmetic and the documents of the benchmarks; no server is started."""
import json
import pathlib
import tempfile
import unittest
import xml.etree.ElementTree

import bench_document
import bench_plots
import bench_regression
import bench_report
import bench_rows
import bench_servers


def run(server_us, **more):
    return {"server_us": server_us, "server_user_us": 1.0, "generator_share": 0.5, "bytes": 0.0, "units": 1e6,
            **more}


def row(name):
    return bench_rows.named(bench_rows.ROWS, [name])[0]


def variant(name):
    return bench_rows.named(bench_rows.VARIANTS, [name])[0]


class Rows(unittest.TestCase):
    def test_every_row_runs_known_servers_and_has_limits_only_for_lectern(self):
        known = {variant.name for variant in bench_rows.VARIANTS}
        for one in bench_rows.ROWS:
            self.assertLessEqual(set(one.variants), known, one.name)
            self.assertTrue(all(name.startswith("lectern") for name in one.limits), one.name)

    def test_an_unknown_name_is_told(self):
        with self.assertRaises(KeyError):
            bench_rows.named(bench_rows.ROWS, ["delivery", "deliveries"])


class Figures(unittest.TestCase):
    def test_a_ratio_is_the_median_of_the_rounds_own_ratios(self):
        # The machine was three times as slow in the second round, for both.
        figures = bench_report.figures_of(
            {"delivery": {"floor": [run(4), run(12), run(4)], "lectern": [run(2), run(6), run(4)]}})
        self.assertEqual(figures["delivery"]["lectern"].ratio, 0.5)
        self.assertEqual(figures["delivery"]["lectern"].median, 4)
        self.assertEqual((figures["delivery"]["lectern"].low, figures["delivery"]["lectern"].high), (2, 6))

    def test_without_a_floor_there_is_no_ratio_and_nothing_is_missed(self):
        figures = bench_report.figures_of({"delivery": {"lectern": [run(99)]}})
        self.assertIsNone(figures["delivery"]["lectern"].ratio)
        self.assertEqual(list(bench_report.missed(figures)), [])

    def test_a_missed_budget_is_told_and_a_met_one_is_not(self):
        figures = bench_report.figures_of(
            {"delivery": {"floor": [run(10)], "lectern": [run(7.1)]},
             "burst": {"floor": [run(10)], "lectern": [run(0.9)]},
             "idle": {"floor": [run(0, bytes=0.0)], "lectern": [run(0, bytes=900.0)]}})
        told = list(bench_report.missed(figures))
        self.assertEqual([line.split(":")[0] for line in told], ["delivery", "idle"])

    def test_memory_is_shown_in_kilobytes_and_time_in_microseconds(self):
        self.assertEqual(bench_report.number(row("idle"), 812.4), "0.81 KB")
        self.assertEqual(bench_report.number(row("delivery"), 4.0), "4.00 µs")
        self.assertEqual(bench_report.number(row("connect"), 898.6), "899 µs")

    def test_user_time_is_as_good_as_the_number_of_its_ticks(self):
        # 1 µs for each of a million units is 100 ticks, and twice that in two rounds.
        figure = bench_report.figures_of({"delivery": {"floor": [run(4), run(4)]}})["delivery"]["floor"]
        self.assertAlmostEqual(figure.user_error, 200 ** -0.5)

    def test_a_title_says_how_many_there_were(self):
        figures = bench_report.figures_of({"idle": {"lectern": [run(1, bytes=700.0, units=19_700)]}})
        self.assertIn("of 19,700 in one room", bench_report.as_text(figures))

    def test_flatness_needs_all_three_sizes(self):
        results = {name: {"lectern": [run(us)]} for name, us in
                   (("delivery-100", 2.0), ("delivery", 3.0), ("delivery-10000", 4.0))}
        self.assertIn("2.00 · 3.00 · 4.00 µs (largest to smallest 2.00",
                      bench_report.flatness(bench_report.figures_of(results)))
        del results["delivery"]
        self.assertIsNone(bench_report.flatness(bench_report.figures_of(results)))


class Commands(unittest.TestCase):
    def test_a_signed_row_gives_server_and_generator_one_secret(self):
        server = bench_servers.server_words(variant("lectern"), row("connect"), "b")
        load = bench_servers.load_words(variant("lectern"), row("connect"), "b", 1, 2, quick=False)
        self.assertEqual(server[server.index("--secret") + 1], load[load.index("--secret") + 1])

    def test_the_floor_is_asked_for_no_token(self):
        self.assertNotIn("--secret", bench_servers.server_words(variant("floor"), row("connect"), "b"))

    def test_quick_changes_the_amount_and_not_the_work(self):
        words = bench_servers.load_words(variant("node"), row("burst"), "b", 1, 2, quick=True)
        self.assertEqual(words[words.index("--seconds") + 1], "1")
        self.assertEqual(words[words.index("--burst") + 1], "20")

    def test_no_more_connections_than_there_are_descriptors(self):
        words = bench_servers.load_words(variant("lectern"), row("idle-many"), "b", 1, 2, quick=False)
        asked = int(words[words.index("--connections") + 1])
        self.assertEqual(asked, min(100_000, bench_servers.most_connections()))


class Regression(unittest.TestCase):
    def test_one_slow_round_changes_nothing(self):
        self.assertEqual(bench_regression.ratio_of([[10, 5], [10, 90], [30, 15]]), 0.5)

    def test_a_ratio_within_the_margin_passes_and_one_above_is_told(self):
        told = list(bench_regression.complaints({"delivery": 1.59, "burst": 0.17},
                                                {"delivery": 1.0, "burst": 0.1}))
        self.assertEqual(len(told), 1)
        self.assertIn("burst: 0.17", told[0])

    def test_a_row_that_was_never_recorded_is_told(self):
        self.assertEqual(len(list(bench_regression.complaints({"delivery": 0.5}, {}))), 1)

    def test_every_row_that_is_compared_is_recorded(self):
        recorded = json.loads(bench_regression.RECORDED.read_text(encoding="utf-8"))
        self.assertEqual(set(recorded), set(bench_regression.SHORT))


class Documents(unittest.TestCase):
    def setUp(self):
        self.figures = bench_report.figures_of(
            {"delivery": {"floor": [run(10, p50_us=900, p99_us=20_000)],
                          "lectern": [run(5, p50_us=500, p99_us=12_000)]}})

    def test_a_chart_is_well_formed_and_its_bars_are_to_scale(self):
        chart = bench_plots.bar_chart("a < b", [("x", 10, "10 µs", "other"), ("y", 5, "5 µs", "own")])
        bars = [element for element in xml.etree.ElementTree.fromstring(chart).iter()
                if element.tag.endswith("rect")]
        self.assertEqual([bar.get("class") for bar in bars], ["other", "own"])
        self.assertAlmostEqual(float(bars[0].get("width")), 2 * float(bars[1].get("width")))

    def test_the_page_has_command_table_and_the_plots_that_exist(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "docs").mkdir()
            bench_document.write(root, self.figures, ["start 12 ms"], "script/bench --write", 3)
            page = (root / "docs" / "benchmarks.md").read_text(encoding="utf-8")
            self.assertIn("\nscript/bench --write\n", page)
            self.assertIn("| Lectern | 5.00 µs | 5.00 µs – 5.00 µs | 0.50 | 0.50 | 12 | ≤ 0.70 × met |", page)
            self.assertIn("median of 3 rounds", page)
            self.assertIn("start 12 ms", page)
            for name in ("delivery", "burst"):
                plot = root / "docs" / "images" / f"bench-{name}.svg"
                self.assertEqual(plot.exists(), name == "delivery")
                self.assertEqual(f"(images/bench-{name}.svg)" in page, name == "delivery")


if __name__ == "__main__":
    unittest.main()
