"""Kept results: read as they were written; damaged files are refused."""

import numpy as np
import pytest

from evalkit.correspondence.archive import load_results, save_results
from fractaldream_base.errors import BadInput
from invented_result import invented_result


def test_results_are_read_as_they_were_written(tmp_path):
    result = invented_result(p=(0.01, 0.02, 0.4, 0.03), power={"identity": 0.2}, n=100)
    save_results({"key": result}, tmp_path / "r.npz")
    (read,) = load_results(tmp_path / "r.npz").values()
    assert read.to_dict() == result.to_dict() and str(read) == str(result)
    assert np.array_equal(read.identity.draws, result.identity.draws)


def test_skipped_rungs_stay_skipped(tmp_path):
    save_results({"key": invented_result(skipped="two latents")}, tmp_path / "r.npz")
    assert load_results(tmp_path / "r.npz")["key"].skipped == "two latents"


def test_no_file_is_nothing_and_a_damaged_one_is_refused(tmp_path):
    assert load_results(tmp_path / "none") == {}
    (tmp_path / "torn").write_bytes(b"PK")
    with pytest.raises(BadInput, match="computed anew"):
        load_results(tmp_path / "torn")
