"""Packs of `evalkit clean apply`, as `info` and `to_dataframe` read them."""

import h5py
import numpy as np
import pytest

import fractaldream as fd


def write_pack(target, **changes):
    names = ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]
    content = {
        "images": np.zeros((4, 8, 8, 3), np.uint8),
        "split": np.array([0, 0, 1, 0], np.uint8),
        "path": np.array(names, dtype=h5py.string_dtype()),
        "sha256": np.array(["0" * 64] * 4, dtype="S64"),
    } | changes
    with h5py.File(target, "w") as file:
        for name, values in content.items():
            file[name] = values
        file.attrs["kind"], file.attrs["format_version"] = "images", 1
    return target


def test_info_says_what_a_pack_holds(tmp_path):
    result = fd.info(write_pack(tmp_path / "pack.h5"))
    assert isinstance(result, fd.PackInfo)
    assert (result.images, result.size, result.channels) == (4, 8, 3)
    assert result.splits == {"train": 3, "validation": 1} and result.folders == {"a": 2, "b": 2}
    assert "a pack of 4 images of 8 x 8 pixels" in str(result)


@pytest.mark.parametrize(
    "changes",
    [
        {"images": np.zeros((4, 8, 8), np.uint8)},
        {"split": np.array([0, 0, 9, 0], np.uint8)},
        {"split": np.zeros((0, 3), np.float32)},
        {"path": np.arange(4)},
    ],
)
def test_a_damaged_pack_is_one_line(tmp_path, changes):
    path = write_pack(tmp_path / "pack.h5", **changes)
    with pytest.raises(fd.BadInput, match="a damaged pack"):
        fd.info(path)
