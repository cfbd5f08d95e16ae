"""What is particular to the kinds `bigan`, `clustergan` and `csvae`."""

from dataclasses import replace

import pytest
import torch

from evalkit.correspondence.inputs import check_comparable
from evalkit.inputs.model import open_model
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.kinds import build, find
from fractaldream_models.kinds.csvae import RADIUS, SPREAD, means
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import override, preset
from fractaldream_models.training.step_cost import fresh_step

SMALL = {"size": 16, "channels": 1, "width": 0.1}


def test_latents_of_clustergan_name_every_cluster_as_often():
    model = build(ModelConfig("clustergan", latent=9, clusters=5, **SMALL))
    z = model.prior(torch.randn(5000, 9, generator=torch.Generator().manual_seed(0)))
    clusters, rest = z[:, :5], z[:, 5:]
    assert set(clusters.unique().tolist()) == {0, 1} and (clusters.sum(1) == 1).all()
    assert (clusters.mean(0) - 0.2).abs().max() < 0.03
    assert rest.std() == pytest.approx(0.1, rel=0.05)
    codes = model.eval().encode(torch.rand(3, 1, 16, 16))
    assert torch.allclose(codes[:, :5].sum(1), torch.ones(3))


def test_latents_of_csvae_lie_in_one_normal_cloud_for_each_label():
    model = build(ModelConfig("csvae", latent=5, classes=4, label_latents=3, **SMALL))
    z = model.prior(torch.randn(8000, 5, generator=torch.Generator().manual_seed(0)))
    places = means(model.config, torch.arange(4))
    assert torch.allclose(places.norm(dim=1), torch.full((4,), RADIUS))
    labels = torch.cdist(z[:, :3], places).argmin(1)
    assert (labels.bincount(minlength=4) / 8000 - 0.25).abs().max() < 0.02
    noise = (z[:, :3] - places[labels]) / SPREAD
    assert noise.mean(0).abs().max() < 0.05 and (noise.std(0) - 1).abs().max() < 0.05
    assert (z[:, 3:].std(0) - 1).abs().max() < 0.05


def test_the_divergence_of_csvae_is_that_from_the_prior_of_the_label():
    model = build(ModelConfig("csvae", latent=4, classes=3, **SMALL))
    x, labels = torch.rand(6, 1, 16, 16), torch.tensor([0, 1, 2, 0, 1, 2])
    terms = find("csvae").likelihood(model, x, labels, torch.zeros(6, 4))
    mean, log_variance = model.posterior(x)
    ours = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    centre = torch.cat([means(model.config, labels), torch.zeros(6, 2)], 1)
    spread = torch.tensor([SPREAD, SPREAD, 1.0, 1.0])
    prior = torch.distributions.Normal(centre, spread)
    expected = torch.distributions.kl_divergence(ours, prior).sum(1).mean()
    assert terms.kl.item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize("loss", ["bce", "hinge", "relativistic"])
def test_the_pairs_of_bigan_train_encoder_generator_and_discriminator(loss):
    for unary, logits in ((False, 1), (True, 3)):
        changes = {"unary": unary, "width": 0.1, "latent": 4, "adversarial_loss": loss}
        step, batch = fresh_step(override(preset("bigan-mnist"), changes), 4, 16, 1)
        before = {name: value.clone() for name, value in step.model.state_dict().items()}
        assert step.model.pair_discriminator(batch[0], torch.zeros(4, 4)).shape == (4, logits)
        losses = step(*batch)
        assert all(value.isfinite().all() for value in losses.values())
        changed = {
            n.split(".")[0] for n, v in step.model.state_dict().items() if (v != before[n]).any()
        }
        assert changed == {"encoder", "generator", "pair_discriminator"}


@pytest.mark.parametrize("form", ["exact", "finite-difference"])
def test_the_penalties_of_bigan_are_computed_in_float32_beside_bfloat16(form):
    changes = {"width": 0.1, "latent": 4, "r1_weight": 1.0, "r2_weight": 1.0, "penalty": form}
    step, batch = fresh_step(override(preset("bigan-mnist"), changes), 4, 16, 1)
    with torch.autocast("cpu", torch.bfloat16):
        losses = step(*batch)
    assert losses["gradient_penalty"].isfinite() and losses["gradient_penalty"] > 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "clustergan", "clusters": 6}, "clusters=6, latent 6: give 2 clusters or more"),
        ({"kind": "clustergan", "clusters": 1}, "give 2 clusters or more"),
        ({"kind": "csvae", "classes": 3, "label_latents": 6}, "more latents than those"),
        ({"kind": "csvae", "classes": 0}, "csvae needs labels and these data have none"),
        ({"kind": "bigan", "size": 28}, "bigan needs a power of two"),
    ],
)
def test_what_cannot_be_built_says_so(changes, words):
    with pytest.raises(BadInput, match=words) as caught:
        build(replace(ModelConfig("bigan", latent=6, **SMALL), **changes))
    assert "\n" not in str(caught.value)


def test_latents_that_are_not_normal_are_not_truncated_and_not_compared(tmp_path):
    model = build(ModelConfig("clustergan", latent=6, **SMALL))
    with pytest.raises(BadInput, match=r"truncation 0.5: the latents of clustergan"):
        model.sample(2, truncation=0.5)
    checkpoint.save(model, tmp_path / "a.pt", data={}, metrics={})
    opened = open_model(str(tmp_path / "a.pt"))
    assert not opened.normal_prior
    with pytest.raises(BadInput, match="no normal latents"):
        check_comparable([opened])
