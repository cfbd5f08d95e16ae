"""Data frames of pandas."""

import sys

import pytest

from fractaldream_base.data_frames import data_frame_class
from fractaldream_base.errors import BadInput


def test_without_pandas_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(BadInput, match="pip install pandas"):
        data_frame_class()


def test_it_is_the_class_of_pandas():
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    assert data_frame_class() is pandas.DataFrame
