"""The table that the command prints."""

from comparison_rows import comparison_of_sizes


def test_the_best_of_each_column_is_marked():
    lines = str(comparison_of_sizes()).splitlines()
    assert len({len(line.rstrip("* ")) > 20 for line in lines[3:]}) == 1
    assert sum("0.500*" in line for line in lines) == 1
