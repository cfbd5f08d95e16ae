"""Say at the end of a test run which tests were left out, and what would let them run."""

import re
from collections import Counter

import pytest

# what the reason of a skipped test holds, what is missing, and how to have it
NEEDS = (
    (r"chromium|playwright", "a browser", "apt-get install chromium"),
    (r"GPU|libNVVM", "an NVIDIA GPU", "and its driver"),
    (r"FRACTALDREAM_REFERENCE", "reference data", "set FRACTALDREAM_REFERENCE to their folder"),
    (r"could not import|needs \w+$|extra", "optional packages", "pip install '.[dev,bench,video]'"),
    (r"", "another system or user", "pytest -rs says which"),
)
left_out = pytest.StashKey[int]()


def pytest_deselected(items):
    """Count the slow tests that `-m` leaves out; a worker of pytest-xdist counts for itself."""
    config = items[0].config
    if "not slow" in config.option.markexpr:
        slow = sum(1 for item in items if item.get_closest_marker("slow"))
        config.stash[left_out] = config.stash.get(left_out, 0) + slow
        if hasattr(config, "workeroutput"):
            config.workeroutput["slow tests left out"] = config.stash[left_out]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take over the count of a worker: all workers leave out the same tests."""
    counts = getattr(node, "workeroutput", {})
    node.config.stash[left_out] = counts.get("slow tests left out", 0)


def needs_of(reasons):
    """Return lines that say how many tests need what, from the reasons of those skipped."""
    counts = Counter(
        next((what, how) for pattern, what, how in NEEDS if re.search(pattern, reason))
        for reason in reasons
    )
    return [f"{count} need {what} ({how})" for (what, how), count in counts.most_common()]


def pytest_terminal_summary(terminalreporter):
    """Print one line for each thing that is missing here, and one for the slow tests."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = [str(r.longrepr[2] if isinstance(r.longrepr, tuple) else r.longrepr) for r in skipped]
    lines = needs_of(reasons)
    if slow := terminalreporter.config.stash.get(left_out, 0):
        lines.append(f"{slow} are slow (pytest -m slow)")
    if lines:
        terminalreporter.section("tests that did not run")
        for line in lines:
            terminalreporter.line(line)
