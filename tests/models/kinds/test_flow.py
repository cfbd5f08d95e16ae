"""Flow matching: its loss and its paths have known answers, and its training is as any other."""

import math

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.checkpoint import load
from fractaldream_models.evaluation.sampling import sample
from fractaldream_models.kinds.flow import flow_matching_of_each
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import override
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.step import Step
from fractaldream_models.training.trainer import train
from models_files import write_dataset
from small_runs import CPU, RESUME, same_weights

CHANGES = {"kind": "flow", "width": 0.1, "batch": 16, "channels": 1, "ode_steps": 2}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return str(write_dataset(tmp_path_factory.mktemp("flow") / "data.h5"))


def make(size=16, **changes):
    return kinds.build(ModelConfig("flow", size, 1, latent=6, width=0.1, **changes)).eval()


def gaussian_field(deviation):
    """Return the velocity of lines from N(0, I) to N(0, deviation^2 I), which is linear in x."""

    def velocity(x, times):
        t = times[:, None, None, None]
        return x * (t * deviation**2 - (1 - t)) / (t**2 * deviation**2 + (1 - t) ** 2)

    return velocity


def test_the_loss_of_the_best_field_on_a_gaussian_is_that_of_the_formula():
    """Its mean is the integral of 1 / (t^2 + (1 - t)^2), which is pi / 2."""
    model, n = make().double(), 4000
    model.generator.velocity = gaussian_field(1.0)
    draws = torch.Generator().manual_seed(0)
    noise, images = torch.randn(2, n, 1, 16, 16, generator=draws, dtype=torch.float64)
    times = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    loss = flow_matching_of_each(model, images, noise, times)
    assert float(loss.mean()) == pytest.approx(math.pi / 2, rel=0.01)
    at = loss[n // 2 - 50 : n // 2 + 50].mean()
    assert float(at) == pytest.approx(2, rel=0.03)


def test_the_paths_of_that_field_carry_noise_to_the_gaussian():
    model = make(ode_steps=100).double()
    model.generator.velocity = gaussian_field(0.2)
    z = torch.randn(3, 256, dtype=torch.float64).clamp(-4, 4)
    assert torch.allclose(model.decode(z).flatten(1), 0.2 * z, atol=1e-3)


def test_latents_are_the_pixels_of_the_noise_and_decide_the_image():
    model = make()
    assert model.latent == 256 and model.config.latent == 256
    for parameter in model.parameters():  # gains of 0 would leave the time out
        torch.nn.init.normal_(parameter, std=0.2)
    z = torch.randn(3, 256)
    images = model.decode(z)
    assert torch.equal(images, model.decode(z)) and -1 <= images.min() <= images.max() <= 1
    assert torch.allclose(images[1:2], model.decode(z[1:2]), atol=1e-4)
    model.generator.steps = 3
    assert not torch.equal(images, model.decode(z))


@pytest.mark.parametrize(("size", "depth"), [(16, 1), (28, 1), (32, 2), (64, 3), (48, 2)])
def test_the_smallest_side_is_8_to_15(size, depth):
    model = make(size)
    assert len(model.generator.unet.halvings) == depth
    assert model.sample(2).shape == (2, 1, size, size)


def test_a_training_lowers_the_loss():
    settings = override(kinds.defaults("flow"), {"width": 0.1, "lr_g": 1e-2})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        step = Step(make().train(), settings, torch.Generator().manual_seed(0))
    image = torch.where(torch.arange(256).reshape(1, 1, 16, 16) % 3 == 0, 1.0, -1.0)
    images = image.expand(16, 1, 16, 16)
    losses = [float(step(images, None, None)["flow_matching"]) for _ in range(30)]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])


def test_a_resumed_run_ends_with_the_same_weights_and_can_choose_by_its_loss(data, tmp_path):
    changes = {**CHANGES, "ema": 0.9, "choose": "loss"}
    whole = train(data, tmp_path / "whole", {**changes, "epochs": 2}, options=CPU)
    train(data, tmp_path / "short", {**changes, "epochs": 1}, options=CPU)
    train(data, tmp_path / "short", {"epochs": 2}, options=RESUME)
    same_weights(tmp_path / "whole" / "state.pt", tmp_path / "short" / "state.pt")
    rows = Run(tmp_path / "whole").rows()
    assert whole.chosen_by == "validation_loss"
    assert all({"flow_matching", "validation_loss", "kernel_distance"} <= set(r) for r in rows)
    assert not any("correspond" in command for command in whole.next_commands)
    assert load(whole.checkpoint).generator.steps == 2
    assert sample(whole.checkpoint, 3).images.shape == (3, 3, 16, 16)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"latent": 6}, "latent: means nothing to flow; leave it out"),
        ({"lr_d": 1e-3}, "lr_d: means nothing to flow"),
        ({"choose": "reconstruction"}, "flow has no encoder"),
        ({"paired_weight": 1}, "paired_weight: flow cannot pair"),
        ({"ode_steps": 0}, "ode_steps=0: must be 1 or more"),
        ({"depth": 5}, "depth=5: a side of 16 px halves 4 times"),
        ({"kind": "aae", "ode_steps": 3}, "ode_steps: means nothing to aae"),
    ],
)
def test_what_it_cannot_do_is_one_line(changes, words, data, tmp_path):
    named = {key: value for key, value in CHANGES.items() if key != "ode_steps"}
    with pytest.raises(BadInput, match=words) as caught:
        train(data, tmp_path / "run", {**named, **changes}, options=CPU)
    assert "\n" not in str(caught.value) and not (tmp_path / "run").exists()
