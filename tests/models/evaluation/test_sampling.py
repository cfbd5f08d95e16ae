"""Samples: as many as are asked for, in batches, and pictures that are whole or not there."""

import errno

import numpy as np
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


def test_truncation_narrows_samples_and_a_threshold_below_0_is_refused(model):
    images = {t: sample(model, 90, truncation=t).images.float() for t in (None, 0.2, 0.0)}
    spread = {t: float(x[::3].std(0).mean()) for t, x in images.items()}
    assert spread[0.0] == 0 < spread[0.2] < spread[None]
    wide = sample(model, 90, truncation=float("inf")).images.float()
    assert float(wide[::3].std(0).mean()) == pytest.approx(spread[None], rel=0.3)
    for bad in (-0.1, float("nan")):
        with pytest.raises(BadInput, match=r"truncation .*: give 0 or more"):
            sample(model, 2, truncation=bad)


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


def test_arrays_are_written_in_batches_and_hold_the_same_samples(model, tmp_path):
    out = tmp_path / "s.npy"
    n = BATCH + 3
    drawn = sample(model, n, seed=1, out=out)
    stored = np.load(out)
    assert stored.shape == (n, 8, 8, 1) and stored.dtype == np.uint8
    expected = sample(model, n, seed=1).images
    assert torch.equal(drawn.images, expected)
    assert np.array_equal(stored, expected.permute(0, 2, 3, 1))
    assert [*tmp_path.iterdir()] == [out]
