"""What a data set holds, in numbers."""

import numpy as np
import pytest

import fractaldream as fd
from fractaldream.datasets.summary import dataset_info


def test_numbers_are_those_of_the_columns(rendered):
    summary = fd.info(rendered)
    with fd.open(rendered) as data:
        assert summary.images == len(data) == 8 and summary.size == 32
        assert summary.content_sha256 == data.content_sha256 and summary.recipe == data.recipe
        a = data.params[:, 2]
        assert summary.params["a"] == (a.min(), np.median(a), a.max())
        assert summary.visited[0] == data.visited.min() / 32**2
        assert summary.cycles == np.count_nonzero(data.cycle)
    refused = sum(summary.refused.values())
    assert summary.kept == 8 / (8 + refused) and sum(summary.splits.values()) == 8
    assert summary.bytes == rendered.stat().st_size and summary.shards == 0


def test_the_text_has_the_recipe_and_the_spans(rendered):
    text = str(fd.info(rendered))
    assert "8 images of 32 x 32 pixels" in text and "iterations = 4000" in text
    assert "numbers 0 to 7" in text and ["least", "median", "largest"] in map(
        str.split, text.splitlines()
    )


def test_what_is_no_data_set_is_refused(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"nothing")
    with pytest.raises(fd.BadInput, match=r"a\.h5"):
        dataset_info(tmp_path / "a.h5")
