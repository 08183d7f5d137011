"""What each runner prints is counted, also when it dies."""
import unittest

import test_counts
from test_counts import Counts


class Runners(unittest.TestCase):
    def test_ctest(self):
        self.assertEqual(test_counts.ctest("98% tests passed, 1 tests failed out of 50\n"), (49, 1))
        self.assertEqual(test_counts.ctest("No tests were found!!!\n"), (0, 0))

    def test_unittest(self):
        self.assertEqual(test_counts.unittest("Ran 18 tests in 0.2s\n\nOK\n"), (18, 0))
        self.assertEqual(
            test_counts.unittest("Ran 5 tests in 0.2s\n\nFAILED (failures=1, errors=2)\n"), (2, 3))

    def test_node(self):
        self.assertEqual(test_counts.node("# tests 4\n# pass 2\n# fail 1\n# cancelled 1\n"), (2, 2))
        self.assertEqual(test_counts.node("ℹ pass 3\nℹ fail 0\n"), (3, 0))

    def test_vitest(self):
        self.assertEqual(
            test_counts.vitest("\x1b[2m      Tests \x1b[22m 1 failed | 11 passed (12)\n"), (11, 1))

    def test_a_runner_that_dies_counts_as_one_failure(self):
        self.assertEqual(test_counts.settle(Counts(12, 0), 139), (12, 1))
        self.assertEqual(test_counts.settle(Counts(12, 2), 1), (12, 2))

    def test_a_runner_that_ran_nothing_counts_as_one_failure(self):
        self.assertEqual(test_counts.settle(Counts(0, 0), 0), (0, 1))


if __name__ == "__main__":
    unittest.main()
