"""The tables of the scripts in bench/: what is printed, and the JSON that holds the numbers."""

import json
import statistics
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from result_tables import Column, Quantity, print_table, save_tables

COLUMNS = (
    Column("what"),
    Column("rate", ",.0f"),
    Column("recall", ".2f"),
    Column("ratio", ".1f", middle=statistics.median),
)


def test_a_table_is_printed_and_returned(capsys):
    rows = [
        ("ours", 1234.5, [0.5, 0.7], [1.0, 2.0, 9.0]),
        ("theirs", Quantity(0.25, "s", ".2f"), [0.5], None),
        ("neither", float("nan"), [float("nan")], []),
    ]
    table = print_table("Both sides.", COLUMNS, iter(rows))
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Both sides.",
        "",
        "| what | rate | recall | ratio |",
        "|---|---|---|---|",
        "| ours | 1,234 | 0.60 (0.50 to 0.70) | 2.0 (1.0 to 9.0) |",
        "| theirs | 0.25 s | 0.50 | - |",
        "| neither | - | - | - |",
    ]
    assert table.rows[0] == rows[0]


def test_rows_are_printed_while_the_next_are_measured(capsys):
    def rows():
        yield ["first"]
        assert "| first |" in capsys.readouterr().out
        yield ["second"]

    assert len(print_table("", COLUMNS[:1], rows()).rows) == 2


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError):
        print_table("", COLUMNS, [("ours", 1.0)])


def test_json_holds_numbers_not_words(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["bench/kernel.py", "--rounds", "3"])
    rows = [("ours", Quantity(812.5, "images/s"), [0.5, 0.7], float("nan"))]
    save_tables(tmp_path / "kernel.json", print_table("Rates.", COLUMNS, rows))
    run = json.loads((tmp_path / "kernel.json").read_text())
    assert run["script"] == "kernel.py"
    assert run["arguments"] == ["--rounds", "3"]
    assert set(run["machine"]) == {"processor", "cores", "python"}
    assert run["tables"] == [
        {
            "caption": "Rates.",
            "columns": ["what", "rate", "recall", "ratio"],
            "rows": [["ours", {"value": 812.5, "unit": "images/s"}, [0.5, 0.7], None]],
        }
    ]
    save_tables(None)
