"""Progress in a file is a line now and then, and nothing for what is quick."""

import io

import pytest

from fractaldream_base import progress


@pytest.fixture
def clock(monkeypatch):
    """A clock that tests set."""
    now = [1000.0]
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    return now


def advance(clock, file, seconds, count=100, **options):
    for _ in progress.Bar(range(count), "decoding", file=file, **options):
        clock[0] += seconds / count
        progress.Bar.write("between", file=io.StringIO())


def test_what_is_quick_writes_nothing_into_a_file(clock):
    file = io.StringIO()
    advance(clock, file, seconds=1)
    assert file.getvalue() == ""


@pytest.mark.parametrize("leave", [True, False])
def test_what_takes_long_writes_whole_lines_into_a_file(clock, leave):
    file = io.StringIO()
    advance(clock, file, seconds=100, leave=leave)
    lines = file.getvalue().splitlines()
    assert "\r" not in file.getvalue() and 3 <= len(lines) <= 5
    assert all(line.startswith("decoding") for line in lines) and "100%" in lines[-1]


def test_a_terminal_has_a_bar(clock):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    advance(clock, terminal, seconds=100)
    assert terminal.getvalue().count("\r") > 10
