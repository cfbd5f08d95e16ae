"""Folders of PNG with a table, as other programs read them."""

import csv
import shutil

import numpy as np
import pytest
from PIL import Image

import fractaldream as fd


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


def test_datasets_reads_the_folder_of_pictures(equal_rows, tmp_path, datasets):
    fd.export(equal_rows, tmp_path / "out", format="png")
    folder = str(tmp_path / "out" / "kbc")
    rows = datasets.load_dataset("imagefolder", data_dir=folder, split="train")
    with fd.open(equal_rows) as data:
        assert len(rows) == 4
        for row in range(4):
            assert (np.asarray(rows[row]["image"]) == data.rgb(row)).all()
            assert [rows[row][name] for name in fd.PARAM_NAMES] == data.params[row].tolist()
