"""Folders of images, and of folders that are labels."""

import numpy as np
import torch

from clean_files import scene
from evalkit.clean.clean_copy import apply
from evalkit.clean.options import ApplyOptions
from fractaldream_models.data.sources import DataOptions, open_data
from fractaldream_models.training.trainer import train
from image_folders import write


def test_a_folder_of_folders_has_labels(tmp_path):
    write(tmp_path, *(f"{name}/{i}.png" for name in ("bart", "lisa") for i in range(5)))
    data = open_data(str(tmp_path), DataOptions(held_out=0.4))
    assert data.classes == 2 and data.facts["class_names"] == ["bart", "lisa"]
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    assert data.contents.counts == {"bart": 5, "lisa": 5}
    resized = open_data(str(tmp_path), DataOptions(size=16, resize=True, held_out=0.4))
    assert resized.images.shape == (10, 3, 16, 16)
    assert torch.equal(resized.images[:, 0, 0, 0], data.images[:, 0, 0, 0])


def test_training_counts_what_cleaning_keeps_and_packs_keep_the_classes(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(50):
        suffix = ("png", "gif", "tif", "jfif", "ppm")[number % 5]
        folder = tmp_path / "set" / ("bart", "lisa")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        scene(rng, 24).save(folder / f"{number}.{suffix}")
    write(tmp_path / "set", ".thumbnails/0.png")
    (tmp_path / "none.csv").write_text("sha256,decision\n")
    options = ApplyOptions(pack=tmp_path / "p.h5", size=24, workers=1)
    result = apply(tmp_path / "set", tmp_path / "none.csv", tmp_path / "clean", options=options)
    read = open_data(tmp_path / "clean")
    packed = open_data(tmp_path / "p.h5")
    assert result.kept == len(read.images) == len(packed.images) == 50
    assert (
        result.classes == read.contents.counts == packed.contents.counts == {"bart": 25, "lisa": 25}
    )
    assert torch.equal(packed.images, read.images) and torch.equal(packed.labels, read.labels)


def test_training_says_what_was_understood_before_it_begins(tmp_path, capfd):
    names = [f"{name}/{i}.png" for name in ("bart", "lisa") for i in range(6)]
    write(tmp_path / "set", *names, ".DS_Store")
    settings = {"kind": "ae", "latent": 2, "width": 0.1, "epochs": 1, "held_out": 0.25, "size": 16}
    settings |= {"resize": True}
    train(tmp_path / "set", tmp_path / "run", settings, progress=True)
    first, second = capfd.readouterr().err.splitlines()[:2]
    assert first == f"{tmp_path / 'set'}: 12 images of 2 classes: bart 6, lisa 6"
    assert second == "passed over: 1 hidden files and folders (.DS_Store)"


def test_the_reference_simpsons_can_be_read(reference):
    data = open_data(str(reference / "simpsons"), DataOptions(size=32, resize=True))
    assert data.images.shape == (2000, 3, 32, 32) and data.classes == 10
