"""Rows of a long measurement are there after an interruption, but one that was cut short."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
from kept_rows import KeptRows


def test_rows_are_found_again(tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = KeptRows(file)
    rows.add(["a", 1], {"p": 0.5})
    with file.open("a") as stream:
        stream.write('[["a", 2], {"p"')  # a kill
    again = KeptRows(file)
    assert again[["a", 1]] == {"p": 0.5} and ["a", 2] not in again
    again.add(["a", 3], None)
    assert ["a", 3] in KeptRows(file) and KeptRows(file)[["a", 1]] == {"p": 0.5}


def test_rows_without_a_file_are_kept_in_memory():
    rows = KeptRows(None)
    rows.add(["a"], 1)
    assert rows[["a"]] == 1 and ["b"] not in rows
