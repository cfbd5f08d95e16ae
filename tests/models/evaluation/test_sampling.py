"""Samples: as many as are asked for, in batches, and pictures that are whole or not there."""

import errno

import pytest
import torch
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.evaluation.sampling import BATCH, sample
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig


@pytest.fixture
def model():
    return build(ModelConfig("cvae", 8, 1, 2, classes=3, width=0.05)).eval()


def test_many_samples_are_decoded_in_batches(model, monkeypatch):
    n, rows = 2 * BATCH + 3, []
    whole = model.sample(n, torch.Generator().manual_seed(1))
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda z, y: rows.append(len(z)) or decode(z, y))
    images = sample(model, n, seed=1).images
    assert rows == [BATCH, BATCH, 3]
    assert (images.float() / 255 - whole).abs().max() < 0.6 / 255  # rounded to the nearest level


def test_a_full_disk_is_one_line_and_leaves_what_was_there(model, tmp_path, monkeypatch):
    out = tmp_path / "s.png"
    sample(model, 4, out=out)
    before = out.read_bytes()

    def full(self, path, **_):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(BadInput, match=r"s\.png: the disk is full"):
        sample(model, 4, seed=1, out=out)
    assert out.read_bytes() == before and [*tmp_path.iterdir()] == [out]
