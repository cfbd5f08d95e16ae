import hashlib
import multiprocessing
import pickle

import h5py
import numpy as np
import pytest

import fractaldream as fd
from dataset_rows import read


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("dataset") / "small.h5"
    fd.render(fd.Recipe(n=40), path, options=fd.RenderOptions(counts=True))
    return path


def test_plain_h5py_reads_the_contract(path):
    with h5py.File(path, "r") as file:
        images, params = file["images"][:], file["params"][:]
        assert images.dtype == np.uint8 and images.shape == (40, 128, 128)
        assert params.dtype == np.float64 and params.shape == (40, 6)
        assert file["images"].chunks == (1, 128, 128) and file["images"].compression == "gzip"
        assert list(file.attrs["param_names"]) == ["x0", "y0", "a", "b", "c", "d"]
        assert file.attrs["format_version"] == 1
        assert fd.Recipe.from_json(file.attrs["recipe"]) == fd.Recipe(n=40)
        assert (np.count_nonzero(images, axis=(1, 2)) == file["visited"][:]).all()
        assert (np.count_nonzero(file["counts"][:], axis=(1, 2)) == file["visited"][:]).all()
        assert (file["counts"][:].sum((1, 2)) == 60_000).all()
        assert (file["index"][:] == np.arange(40)).all()
        assert file["palettes/inferno"].shape == (256, 3)
        digests = [
            hashlib.sha256(p.astype("<f8").tobytes() + i.tobytes()).digest()
            for p, i in zip(params, images, strict=True)
        ]
        assert [d.tobytes() for d in file["sha256"][:]] == digests
        whole = hashlib.sha256(b"".join(digests)).hexdigest()
        assert file.attrs["content_sha256"] == whole


def test_it_slices_as_an_array_does(path):
    with h5py.File(path, "r") as file:
        images = file["images"][:]
    with fd.open(path) as data:
        assert len(data) == 40 and data.shape == images.shape
        mask = np.arange(40) % 7 == 2
        for key in (
            0, -1, np.int64(3), slice(5, 20), slice(None), slice(None, None, 3),
            slice(10, 2, -2), [3, 1, 1, -1], mask, np.array([39, 0]), [], (4, slice(0, 5)),
        ):  # fmt: skip
            expected = images[np.array(key, int) if isinstance(key, list) else key]
            assert np.array_equal(data[key], expected)
        assert np.array_equal(np.asarray(data), images)
        assert np.array_equal(list(data)[2], images[2])
        assert data.counts[7].sum() == 60_000
        assert data.rgb([3, 1], "viridis").shape == (2, 128, 128, 3)
        assert (data.rgb(3)[images[3] == 0] == 255).all()
        with pytest.raises(IndexError):
            data[40]
        with pytest.raises(AttributeError):
            _ = data.colour
        with pytest.raises(fd.BadInput, match="choose"):
            data.rgb(0, "jet")


def test_it_survives_pickling_and_forking(path):
    data = fd.open(path)
    expected = read(data)
    assert read(pickle.loads(pickle.dumps(data))) == expected
    for method in ("fork", "spawn"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(read, [data] * 4) == [expected] * 4


def broken(path, tmp_path, how):
    copy = tmp_path / "broken.h5"
    if how == "missing":
        return copy
    if how == "folder":
        return tmp_path
    if how == "text":
        copy.write_text("not a data set")
    elif how == "empty":
        copy.write_bytes(b"")
    elif how == "truncated":
        copy.write_bytes(path.read_bytes()[:100_000])
    else:
        copy.write_bytes(path.read_bytes())
        with h5py.File(copy, "r+") as file:
            if how == "foreign":
                del file.attrs["format_version"]
            if how == "version":
                file.attrs["format_version"] = 99
            if how == "version text":
                file.attrs["format_version"] = "one"
            if how == "column":
                del file["visited"]
            if how == "hash":
                del file.attrs["content_sha256"]
            if how == "recipe":
                file.attrs["recipe"] = "{"
    return copy


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "no such file"),
        ("folder", "a folder"),
        ("text", "not an HDF5 file"),
        ("empty", "not an HDF5 file"),
        ("truncated", "truncated, 100,000 of "),
        ("foreign", "not a fractaldream data set"),
        ("version", "format version 99 is newer"),
        ("version text", "format_version is 'one', not a number"),
        ("column", "visited"),
        ("hash", "incomplete"),
        ("recipe", "no recipe in it"),
    ],
)
def test_files_that_are_no_data_sets(path, tmp_path, how, message):
    with pytest.raises(fd.BadInput, match=r"^[^\n]+$") as caught:
        fd.open(broken(path, tmp_path, how))
    assert message in str(caught.value) and str(tmp_path) in str(caught.value)
