"""A run of all benchmarks stands beside the committed one, and what became slower is marked."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import all as benchmarks

TABLES = [
    {
        "caption": "",
        "columns": ["what", "measured", "of limit.c", "wall time, s"],
        "rows": [
            ["kernel, tight", {"value": [90, 100, 120], "unit": "Mstep/s"}, [0.9, 1.0, 1.1], 4.0],
            ["plain loop", {"value": 10, "unit": "Mstep/s"}, None, "-"],
        ],
    }
]


def changed(rate, seconds):
    rows = [["kernel, tight", {"value": rate, "unit": "Mstep/s"}, 1.0, seconds]]
    return [{**TABLES[0], "rows": rows}]


def test_figures_are_medians_with_what_is_good():
    found = dict(benchmarks.figures(TABLES))
    assert {name: figure.value for name, figure in found.items()} == {
        "kernel, tight: measured": 100,
        "kernel, tight: of limit.c": 1.0,
        "kernel, tight: wall time, s": 4.0,
        "plain loop, -: measured": 10,
    }
    assert [figure.better for figure in found.values()] == ["higher", "", "lower", "higher"]


@pytest.mark.parametrize(
    ("rate", "seconds", "expected"),
    [(100, 4.0, ["", ""]), (70, 6.0, ["slower"] * 2), (140, 2.0, ["faster"] * 2)],
)
def test_what_differs_by_more_than_a_quarter_is_marked(rate, seconds, expected):
    now = {"scripts": {"kernel.py": changed(rate, seconds)}}
    rows = list(benchmarks.comparison(now, {"scripts": {"kernel.py": TABLES}}))
    assert [row[-1] for row in (rows[0], rows[2])] == expected
    assert rows[0][2:5] == (rate, 100, rate / 100)


def test_a_figure_that_was_not_committed_stands_alone():
    rows = list(benchmarks.comparison({"scripts": {"new.py": TABLES}}, {}))
    assert all(row[3] is None and row[4] is None and row[5] == "" for row in rows)


def test_every_script_of_a_scale_is_there():
    for scripts in benchmarks.SCALES.values():
        assert all((benchmarks.HERE / name).is_file() for name in scripts)
