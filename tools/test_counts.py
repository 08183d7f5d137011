"""Reads how many tests passed and failed from what the test runners print at their end."""
import re
import typing


class Counts(typing.NamedTuple):
    passed: int
    failed: int

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed)


def settle(counts, exit_code):
    """A runner that failed without a failed test, or that ran none, counts as one failed test."""
    if counts.failed == 0 and (exit_code != 0 or counts.passed == 0):
        return Counts(counts.passed, 1)
    return counts


def ctest(output):
    """`98% tests passed, 1 tests failed out of 50`"""
    found = re.findall(r"tests passed, (\d+) tests? failed out of (\d+)", output)
    if not found:
        return Counts(0, 0)
    failed, total = map(int, found[-1])
    return Counts(total - failed, failed)


def unittest(output):
    """`Ran 18 tests in 0.2s`, then `OK` or `FAILED (failures=1, errors=2)`"""
    ran = re.findall(r"^Ran (\d+) tests?", output, re.MULTILINE)
    if not ran:
        return Counts(0, 0)
    closing = re.findall(r"^FAILED \((.*)\)", output, re.MULTILINE)
    failed = sum(int(number) for number in re.findall(r"(?:failures|errors)=(\d+)", "".join(closing)))
    return Counts(int(ran[-1]) - failed, failed)


def node(output):
    """`# pass 12`, `# fail 0`, `# cancelled 0`; the letter is another one in the spec reporter."""
    def number(word):
        found = re.findall(rf"^\S {word} (\d+)$", output, re.MULTILINE)
        return sum(map(int, found))
    return Counts(number("pass"), number("fail") + number("cancelled"))


def vitest(output):
    """`Tests  1 failed | 11 passed (12)`"""
    lines = re.findall(r"^\s*Tests\s+(.*)$", re.sub(r"\x1b\[[0-9;]*m", "", output), re.MULTILINE)

    def number(word):
        return sum(int(count) for line in lines for count in re.findall(rf"(\d+) {word}", line))
    return Counts(number("passed"), number("failed"))


def javascript(output):
    """Whichever of the two runners spoke."""
    return node(output) + vitest(output)
