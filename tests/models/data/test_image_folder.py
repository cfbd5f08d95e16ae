"""Folders of images, and of folders that are labels."""

import torch
from fractaldream_models.data.sources import DataOptions, open_data
from PIL import Image


def test_a_folder_of_folders_has_labels(tmp_path):
    for name in ("bart", "lisa"):
        (tmp_path / name).mkdir()
        for i in range(5):
            Image.new("RGB", (20, 20), (10 * i, 0, 0)).save(tmp_path / name / f"{i}.png")
    data = open_data(str(tmp_path), DataOptions(held_out=0.4))
    assert data.classes == 2 and data.facts["class_names"] == ["bart", "lisa"]
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    resized = open_data(str(tmp_path), DataOptions(size=16, resize=True, held_out=0.4))
    assert resized.images.shape == (10, 3, 16, 16)
    assert torch.equal(resized.images[:, 0, 0, 0], data.images[:, 0, 0, 0])


def test_the_reference_simpsons_can_be_read(reference):
    data = open_data(str(reference / "simpsons"), DataOptions(size=32, resize=True))
    assert data.images.shape == (2000, 3, 32, 32) and data.classes == 10
