"""Rows of parameters from outside."""

import numpy as np
import pytest

from renderer_commands import refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its first line is ''"),
        ("a,b,c,d,x0,y0\n1,2,3,4,5,6\n", "give 'x0,y0,a,b,c,d'"),
        ("x0,y0,a,b,c,d\n", "shape (0, 6)"),
        ("x0,y0,a,b,c,d\n1,2,3,4,5\n", "line 2: 5 values"),
        ("x0,y0,a,b,c,d\n1,2,3,4,5,\n", "line 2"),
        ("x0,y0,a,b,c,d\n1,2,3,4,5,6\n1,2,nan,4,5,6\n", "a of row 1 is nan"),
        ("x0,y0,a,b,c,d\n1,2,inf,4,5,6\n", "a of row 0 is inf"),
    ],
)
def test_parameter_files_with_faults(tmp_path, text, message):
    (tmp_path / "rows.csv").write_text(text)
    line = refused("render", "--params", "rows.csv", message=message, cwd=tmp_path)
    assert "rows.csv" in line
    assert [path.name for path in tmp_path.iterdir()] == ["rows.csv"]


def test_npy_files_with_faults(tmp_path):
    np.save(tmp_path / "wide.npy", np.zeros((3, 7)))
    np.save(tmp_path / "words.npy", np.array([["a"] * 6]))
    np.save(tmp_path / "objects.npy", np.array([[None] * 6], object), allow_pickle=True)
    (tmp_path / "text.npy").write_text("no")
    for name in ("wide", "words", "objects", "text"):
        refused("render", "--params", f"{name}.npy", message=f"{name}.npy: ", cwd=tmp_path)
