"""Runs side by side, as JSON and as a table."""

import json
from dataclasses import replace

from comparison_rows import comparison_of_sizes
from evalkit.comparison.columns import COLUMNS


def test_json_says_what_every_column_means():
    result = comparison_of_sizes()
    values = json.loads(json.dumps(result.to_dict()))
    assert values["data"] == "mnist" and set(values["columns"]) == set(COLUMNS)
    assert [row["run"] for row in values["rows"]] == [row.run for row in result.rows]
    assert "samples" not in values


def test_the_table_has_the_figures_that_any_run_has_and_which_way_is_better():
    result = comparison_of_sizes()
    first = replace(result.rows[0], figures={"frechet": 5.0, "mse": 0.25})
    table = replace(result, rows=(first, *result.rows[1:])).table()
    titles = [column.name for column in table.columns]
    assert titles[-2:] == [COLUMNS["mse"].title, COLUMNS["frechet"].title]
    assert [column.better for column in table.columns[-2:]] == ["lower", "lower"]
    assert table.rows[0][-2:] == (0.25, 5.0) and table.rows[1][-2] is None
    assert all(len(row) == len(titles) for row in table.rows)


def test_the_figure_is_drawn_by_latent_size():
    (axis, *_) = comparison_of_sizes().plot().axes
    assert "vae, tanh" in [line.get_label() for line in axis.get_lines()]
