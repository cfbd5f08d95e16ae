"""What other programs read: folders of PNG, Parquet, and the staged folder through `datasets`."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fractaldream as fd
from fractaldream.publishing.card import size_category

ROW = (-0.1, 0.2, -0.966918, 2.879879, -0.765145, 0.744728)


@pytest.fixture(scope="module")
def equal_rows(tmp_path_factory):
    """A data set of four rows, three of which are the same."""
    path = tmp_path_factory.mktemp("equal") / "equal.h5"
    rows = np.array([ROW, ROW, ROW, [0.1, *ROW[1:]]])
    recipe = fd.Recipe(law="params", size=32, iterations=4000)
    fd.render(recipe, path, params=rows)
    return path


@pytest.fixture(scope="module")
def datasets(tmp_path_factory):
    """The library of Hugging Face, which may not use the network or the user's cache."""
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("cache")))
        yield pytest.importorskip("datasets", reason="needs datasets: pip install datasets")


def pictures(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def test_every_row_has_a_picture_and_a_line_in_the_table(equal_rows, tmp_path):
    fd.export(equal_rows, tmp_path, format="png", palettes=("kbc", "viridis"))
    for palette in ("kbc", "viridis"):
        folder = tmp_path / palette
        with (folder / "metadata.csv").open(newline="") as file:
            lines = list(csv.DictReader(file))
        with fd.open(equal_rows) as data:
            for row, line in enumerate(lines):
                image = np.asarray(Image.open(folder / line["file_name"]))
                assert (image == data.rgb(row, palette)).all()
                assert [float(line[name]) for name in fd.PARAM_NAMES] == data.params[row].tolist()
                assert line["split"] in ("train", "validation", "test")
        assert len(lines) == 4 and set(pictures(folder)) == {line["file_name"] for line in lines}
        assert all(name[0].isdigit() for name in pictures(folder))
    assert {path.name for path in tmp_path.iterdir()} == {"kbc", "viridis"}


def test_force_replaces_an_export_and_nothing_else(equal_rows, tmp_path):
    fd.export(equal_rows, tmp_path, format="png")
    with pytest.raises(fd.BadInput, match=r"kbc: exists; .*--force"):
        fd.export(equal_rows, tmp_path, format="png", stop=2)
    assert len(pictures(tmp_path / "kbc")) == 4
    fd.export(equal_rows, tmp_path, format="png", stop=2, force=True)
    assert len(pictures(tmp_path / "kbc")) == 2  # no picture of the earlier export stays
    (tmp_path / "kbc" / "holiday.png").write_bytes(b"precious")
    with pytest.raises(fd.BadInput, match=r"holds holiday.png, so no export wrote it"):
        fd.export(equal_rows, tmp_path, format="png", force=True)
    assert (tmp_path / "kbc" / "holiday.png").read_bytes() == b"precious"


def test_an_interrupted_export_goes_on_and_another_one_does_not_use_it(
    equal_rows, tmp_path, monkeypatch
):
    from fractaldream.datasets import png_folder

    written = []
    whole = png_folder.png_bytes

    def interrupted(image):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(1)
        return whole(image)

    monkeypatch.setattr(png_folder, "png_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fd.export(equal_rows, tmp_path, format="png")
    assert not (tmp_path / "kbc").exists()
    shutil.copytree(tmp_path, tmp_path / "other")
    encoded = []
    monkeypatch.setattr(png_folder, "png_bytes", lambda i: encoded.append(1) or whole(i))
    fd.export(equal_rows, tmp_path, format="png")
    assert len(encoded) == 2 and len(pictures(tmp_path / "kbc")) == 4
    fd.export(equal_rows, tmp_path / "other", format="png", start=1)
    assert len(encoded) == 5 and len(pictures(tmp_path / "other" / "kbc")) == 3


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_an_export_that_is_killed_at_its_end_goes_on(equal_rows, tmp_path, monkeypatch, renames):
    palettes, done = ("kbc", "viridis"), []

    def killed(path, target, rename=Path.rename):
        if len(done) == renames:
            raise KeyboardInterrupt
        done.append(target)
        return rename(path, target)

    def kept(path, missing_ok=False, unlink=Path.unlink):
        if path.name == "export.json":
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", killed)
        patch.setattr(Path, "unlink", kept)
        fd.export(equal_rows, tmp_path, format="png", palettes=palettes)
    fd.export(equal_rows, tmp_path, format="png", palettes=palettes)
    for name in palettes:
        assert len(list((tmp_path / name).iterdir())) == 5  # the pictures and their table
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == set(palettes)


def test_hidden_files_of_a_kill_or_a_file_manager_do_not_keep_an_export(equal_rows, tmp_path):
    fd.export(equal_rows, tmp_path, format="png")
    for name in (".000000_1.png.0a1b.part", ".DS_Store"):
        (tmp_path / "kbc" / name).touch()
    fd.export(equal_rows, tmp_path, format="png", force=True)
    (tmp_path / "kbc" / ".notes").touch()
    with pytest.raises(fd.BadInput, match=r"holds \.notes"):
        fd.export(equal_rows, tmp_path, format="png", force=True)


def test_two_exports_at_once_on_one_folder(equal_rows, tmp_path):
    from fractaldream.locks import locked

    with (
        locked(tmp_path / ".export.lock", "held"),
        pytest.raises(fd.BadInput, match="another export is at work there"),
    ):
        fd.export(equal_rows, tmp_path, format="png")
    fd.export(equal_rows, tmp_path, format="png")


def test_datasets_reads_the_folder_of_pictures(equal_rows, tmp_path, datasets):
    fd.export(equal_rows, tmp_path / "out", format="png")
    folder = str(tmp_path / "out" / "kbc")
    rows = datasets.load_dataset("imagefolder", data_dir=folder, split="train")
    with fd.open(equal_rows) as data:
        assert len(rows) == 4
        for row in range(4):
            assert (np.asarray(rows[row]["image"]) == data.rgb(row)).all()
            assert [rows[row][name] for name in fd.PARAM_NAMES] == data.params[row].tolist()


def test_datasets_reads_pictures_from_parquet(equal_rows, tmp_path, datasets):
    out = fd.export(equal_rows, tmp_path / "a.parquet", format="parquet")
    rows = datasets.load_dataset("parquet", data_files=str(out), split="train")
    assert isinstance(rows.features["image"], datasets.Image)
    with fd.open(equal_rows) as data:
        assert rows[3]["image"].mode == "L"
        assert (np.asarray(rows[3]["image"]) == data[3]).all()
        assert [rows[3][name] for name in fd.PARAM_NAMES] == data.params[3].tolist()
    names = {name: value.dtype for name, value in rows.features.items() if name != "image"}
    assert names["a"] == "float64" and names["index"] == "int64" and names["split"] == "string"


def test_datasets_reads_a_staged_folder_with_images_and_splits(tmp_path, datasets, monkeypatch):
    from fractaldream.publishing import images, staging
    from fractaldream.publishing.options import PublishOptions

    path = tmp_path / "some.h5"
    fd.render(fd.Recipe(n=60, size=32, iterations=4000), path)
    monkeypatch.setattr(images, "SHARD_PIXELS", 25 * 32**2)  # several files of the training images
    described = images.describe(path, PublishOptions(None, "some-attractors"))
    folder = tmp_path / "some-attractors"
    folder.mkdir()
    staging.fill(path, described, folder)
    loaded = datasets.load_dataset(str(folder))
    with fd.open(path) as data:
        assert list(loaded) == ["train", "validation", "test"]
        for number, part in enumerate(loaded.values()):
            rows = np.flatnonzero(data.split == number)
            assert part["index"] == data.index[rows].tolist()
            for k, row in enumerate(rows):
                assert (np.asarray(part[k]["image"]) == data[row]).all()
        table = datasets.load_dataset(str(folder), "params", split="full")
        assert table["a"] == data.params[:, 2].tolist()
    assert len(list(folder.glob("train-*.parquet"))) == 3


@pytest.mark.parametrize("rows", [1, 999, 10**3, 10**6 - 1, 10**6, 10**9, 10**12])
def test_size_categories_are_those_of_hugging_face(rows, datasets):
    import json
    from importlib.resources import files

    valid = json.loads((files(datasets) / "utils/resources/size_categories.json").read_text())
    assert size_category(rows) in valid


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
