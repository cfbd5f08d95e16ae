"""A data set as a table."""

import pytest

import fractaldream as fd


def test_a_table_of_pandas_has_a_row_per_image(equal_rows):
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    table = fd.to_dataframe(equal_rows)
    with fd.open(equal_rows) as data:
        pandas.testing.assert_frame_equal(table, fd.to_dataframe(data))
        assert (table[list(fd.PARAM_NAMES)].to_numpy() == data.params).all()
        assert (table["visited"] == data.visited / 32**2).all()


def test_without_pandas_one_line_says_what_to_install(equal_rows, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(fd.BadInput, match="pip install pandas"):
        fd.to_dataframe(equal_rows)
