"""Files are rendered again and compared bit for bit."""

import shutil

import h5py
import numpy as np
import pytest

import fractaldream as fd
from fractaldream.production.verification import check_sample


@pytest.fixture
def copy(rendered, tmp_path):
    shutil.copy(rendered, tmp_path / "a.h5")
    return tmp_path / "a.h5"


def test_every_bit_of_a_whole_file_is_the_same(rendered):
    result = fd.verify(rendered, threads=1)
    assert result.passed and (result.compared, result.images) == (8, 8)
    assert "every bit the same" in str(result)
    assert fd.verify(rendered, sample=3, threads=1).compared == 3


def test_one_changed_parameter_is_found_and_named(copy):
    with h5py.File(copy, "r+") as file:
        params = file["params"][:]
        params[5, 2] = np.nextafter(params[5, 2], 9)
        file["params"][:] = params
    result = fd.verify(copy, threads=1)
    assert not result.passed and result.different == (5,) and not result.content
    assert "stored hashes do not agree" in str(result) and "1 differ: 5" in str(result)


@pytest.mark.parametrize("sample", [0, -1])
def test_a_sample_of_no_images_is_refused(sample):
    with pytest.raises(fd.BadInput, match="give at least 1"):
        check_sample(sample)
    check_sample(None)
