"""Probes on codes whose answer is known, and what `evalkit probe` refuses."""

from dataclasses import replace

import pytest
import torch

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import open_model
from evalkit.representation.evaluation import probe, probe_images
from evalkit.representation.options import ProbeOptions
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.data.tensors import Data
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig


@pytest.fixture
def digits():
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 3
    images = 20 * torch.rand(60, 1, 16, 16, generator=rng)
    images[torch.arange(60), 0, 4 * labels] += 200  # a bright row for each label
    rows = torch.arange(60)
    return Data(images.byte(), rows[:40], rows[40:], labels=labels, classes=3)


def saved(path, kind, **changes):
    torch.manual_seed(0)
    config = ModelConfig(**{"kind": kind, "size": 16, "channels": 1, "latent": 6, **changes})
    checkpoint.save(build(config).eval(), path, data={}, metrics={})
    return path


def test_models_stand_beside_pca_and_pixels(digits, tmp_path):
    models = [
        str(saved(tmp_path / f"{kind}.pt", kind, width=0.1, classes=classes))
        for kind, classes in (("vae", 0), ("clustergan", 0), ("csvae", 3), ("bigan", 0))
    ]
    result = probe(models, ImageSet("digits", digits))
    assert [row.kind for row in result.rows] == ["vae", "clustergan", "csvae", "bigan", "", ""]
    assert [row.name for row in result.rows[4:]] == ["PCA", "pixels"]
    assert [row.latent for row in result.rows] == [6, 6, 6, 6, 6, 256]
    assert result.rows[-1].scores.linear == 1 and result.chance == pytest.approx(0.35)
    assert "higher" in str(result)


def test_what_cannot_be_probed_is_one_line(digits, tmp_path):
    vae = saved(tmp_path / "vae.pt", "vae")
    for model, data, words in (
        (vae, replace(digits, labels=None), "no labels to read"),
        (saved(tmp_path / "gan.pt", "gan"), digits, "gan has no encoder"),
        (saved(tmp_path / "cvae.pt", "cvae", classes=3), digits, "cvae is given the label"),
    ):
        with pytest.raises(BadInput, match=words) as caught:
            probe(str(model), ImageSet("digits", data))
        assert "\n" not in str(caught.value)


def test_held_out_is_what_no_model_learnt_from(digits, tmp_path):
    model = open_model(str(saved(tmp_path / "vae.pt", "vae", width=0.1)))
    few = ImageSet("digits", replace(digits, train=digits.train[:10]))  # as with `limit`
    for views in ([few, ImageSet("digits", digits)], [ImageSet("digits", digits), few]):
        assert probe_images([model, model], views, ProbeOptions()).held_out == 20
    rest = ImageSet("digits", replace(digits, train=torch.arange(10, 60)))
    with pytest.raises(BadInput, match="no held-out images"):
        probe_images([model, model], [few, rest], ProbeOptions())


@pytest.mark.parametrize("n", [0, -5])
def test_a_number_of_images_below_one_is_refused(digits, tmp_path, n):
    with pytest.raises(BadInput, match=f"n {n}: give 1 or more"):
        model = str(saved(tmp_path / "vae.pt", "vae", width=0.1))
        probe(model, ImageSet("digits", digits), options=ProbeOptions(n=n))
