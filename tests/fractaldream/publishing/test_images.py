"""What is staged beside a data set of images."""

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fractaldream as fd
from fractaldream.publishing import images, staging
from fractaldream.publishing.options import PublishOptions
from fractaldream_base.errors import BadInput


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


def test_the_tables_hold_what_the_file_holds(staged):
    import pyarrow.parquet as pq

    rows = np.genfromtxt(staged / "params.csv", delimiter=",", names=True, dtype=None)
    table = pq.read_table(staged / "params.parquet")
    with fd.open(staged / "small-set.h5") as data:
        for k, name in enumerate(fd.PARAM_NAMES):
            assert (rows[name] == data.params[:, k]).all()  # to the last bit, in text too
            assert (table[name].to_numpy() == data.params[:, k]).all()
        assert (rows["visited"] == data.visited / 32**2).all()
        assert (rows["lyapunov"] == data.lyapunov).all()
        names = np.array(["train", "validation", "test"])
        assert (rows["split"].astype(str) == names[data.split]).all()
        assert (rows["index"] == data.index).all()


def test_pictures_can_be_read_back_from_their_names(staged):
    with zipfile.ZipFile(staged / "png.zip") as archive, fd.open("small-set.h5") as data:
        for name, params, image in zip(
            archive.namelist(), data.params, data.rgb(slice(None)), strict=True
        ):
            folder, stem = name.split("/")
            assert folder == "kbc"
            numbers = [float(v) for v in stem.removesuffix(".png").split("_")]
            assert numbers[1:] == params.tolist()
            with archive.open(name) as file:
                assert (np.array(Image.open(file)) == image).all()


def test_given_parameters_and_parts_can_be_rendered_from_what_is_staged(tmp_path, monkeypatch):
    from fractaldream.cli import cli

    monkeypatch.chdir(tmp_path)
    recipe = fd.Recipe(n=6, size=32, iterations=4000)
    fd.render(recipe, "whole.h5")
    fd.render(recipe, "part.h5", options=fd.RenderOptions(start=2, stop=5))
    with fd.open("whole.h5") as whole:
        rows = whole.params
    fd.render(fd.Recipe(law="params", size=32, iterations=4000), "given.h5", params=rows)
    fd.render(
        fd.Recipe(law="normal", refusals=False, n=4, size=32, iterations=4000),
        "normal.h5",
        options=fd.RenderOptions(counts=True),
    )
    for name in ("part", "given", "normal"):
        described = images.describe(f"{name}.h5", PublishOptions(None, f"{name}-set"))
        Path(name).mkdir()
        staging.fill(Path(f"{name}.h5"), described, Path(name))
        card = Path(name, "README.md").read_text()
        command = re.search(r"^fractaldream (render .*)$", card, re.MULTILINE)[1]
        with monkeypatch.context() as inside:
            inside.chdir(name)
            cli.main([*command.split(), "--quiet"], standalone_mode=False)
            with fd.open("again.h5") as again, fd.open(f"../{name}.h5") as data:
                assert again.content_sha256 == data.content_sha256
    fd.render(
        fd.Recipe(law="params", size=32, iterations=4000),
        "some.h5",
        params=rows,
        options=fd.RenderOptions(start=1, stop=3),
    )
    with pytest.raises(BadInput, match="publish the whole set"):
        images.describe("some.h5", PublishOptions(None, "some-set"))
