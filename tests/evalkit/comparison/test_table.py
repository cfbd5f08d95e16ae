"""The table that the command prints."""

from comparison_rows import comparison_of_sizes
from evalkit.comparison.table import count_of_runs


def test_the_best_of_each_column_is_marked():
    lines = str(comparison_of_sizes()).splitlines()
    assert len({len(line.rstrip("* ")) > 20 for line in lines[3:]}) == 1
    assert sum("0.500*" in line for line in lines) == 1


def test_one_run_is_counted_in_the_singular():
    assert [count_of_runs(count) for count in (1, 2)] == ["1 run", "2 runs"]
