"""Runs that are compared: where they are and what they are called."""

import pytest

from evalkit.comparison.runs import checkpoint_of, names_of
from fractaldream_base.errors import BadInput


def test_names_are_as_short_as_they_can_be():
    assert names_of(["runs/a/ckpt.pt", "runs/b/ckpt.pt"]) == ["a", "b"]
    assert names_of(["x/a/ckpt.pt", "y/a/ckpt.pt"]) == ["x/a", "y/a"]
    assert names_of(["x/a/ckpt.pt", "x/a/last.pt"]) == ["a", "last.pt"]
    with pytest.raises(BadInput, match="twice"):
        names_of(["a/ckpt.pt", "a/ckpt.pt"])


def test_what_is_no_run_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no such run"):
        checkpoint_of(str(tmp_path / "none"))
    with pytest.raises(BadInput, match=r"no ckpt\.pt"):
        checkpoint_of(str(tmp_path))
