"""Pictures are whole or not there."""

import numpy as np
import pytest
import torch
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.evaluation.sampling import sample
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.pictures import MARGIN, check_grid, to_bytes, write_grid, write_pairs


@pytest.fixture
def model():
    return build(ModelConfig("cvae", 8, 1, 2, classes=3, width=0.05)).eval()


def test_a_picture_that_nothing_shows_is_refused_before_anything_is_drawn(model, tmp_path):
    with pytest.raises(BadInput, match=r"10,000,000 images of 8 px .* too large") as caught:
        sample(model, 10_000_000, out=tmp_path / "s.png")
    most = int(str(caught.value).split("at most ")[1].split()[0].replace(",", ""))
    check_grid(tmp_path / "s.png", most, 8, columns=most)
    with pytest.raises(BadInput, match="too large"):
        check_grid(tmp_path / "s.png", most + 1, 8, columns=most + 1)


def test_images_are_rounded_to_bytes_and_levels_are_coloured():
    images = torch.tensor([-1.0, 0.0, 1.0, 9.0]).reshape(1, 1, 2, 2)
    assert to_bytes(images, (-1, 1)).flatten().tolist() == [0, 128, 255, 255]
    colours = torch.stack([torch.arange(256)] * 3, 1).byte()
    colours[:, 1] = 7
    coloured = to_bytes(torch.ones(1, 1, 2, 2), (0, 1), colours)
    assert coloured.shape == (1, 3, 2, 2) and coloured[0, :, 0, 0].tolist() == [255, 7, 255]


@pytest.mark.parametrize("channels", [1, 3])
def test_images_stand_row_by_row_with_white_between(tmp_path, channels):
    images = torch.arange(5, dtype=torch.uint8)[:, None, None, None].repeat(1, channels, 4, 4)
    write_grid(images, tmp_path / "g.png", columns=3)
    sheet = np.array(Image.open(tmp_path / "g.png"))
    pitch = 4 + MARGIN
    assert sheet.shape[:2] == (2 * pitch + MARGIN, 3 * pitch + MARGIN)
    grey = sheet if channels == 1 else sheet[..., 0]
    assert grey[MARGIN::pitch, MARGIN::pitch].tolist() == [[0, 1, 2], [3, 4, 255]]
    assert (grey[:MARGIN] == 255).all() and (grey[:, :MARGIN] == 255).all()


def test_counterparts_stand_below_their_images(tmp_path):
    upper = torch.arange(20, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 4, 4)
    write_pairs(upper, upper + 100, tmp_path / "p.png")
    sheet = np.array(Image.open(tmp_path / "p.png"))[MARGIN :: 4 + MARGIN, MARGIN :: 4 + MARGIN]
    assert sheet[0].tolist() == [*range(16)] and sheet[1].tolist() == [*range(100, 116)]
    assert sheet[2, :4].tolist() == [16, 17, 18, 19] and sheet[3, :4].tolist() == [
        116,
        117,
        118,
        119,
    ]
