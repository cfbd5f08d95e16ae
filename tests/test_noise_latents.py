"""What the commands make of a kind whose latent is the noise of all pixels."""

import numpy as np
import pytest
import torch

from evalkit.correspondence.inputs import check_comparable
from evalkit.explorer.content import prepare
from evalkit.explorer.options import ExploreOptions
from evalkit.explorer.payload import payload_of
from evalkit.inputs.model import open_model
from evalkit.latent_space.interpolation import interpolate
from evalkit.latent_space.options import GridOptions, InterpolationOptions
from evalkit.latent_space.plane_grid import grid
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("flow") / "ckpt.pt"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        flow = build(ModelConfig("flow", 16, 1, latent=6, width=0.05, ode_steps=1))
    checkpoint.save(flow, path, data={}, metrics={})
    return open_model(str(path))


def test_correspond_says_that_it_has_no_six_latents(model):
    with pytest.raises(BadInput, match="flow has no six latents but 256, the noise") as caught:
        check_comparable([model])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("plane", ["axes", "components"])
def test_planes_of_directions_are_refused(model, plane):
    with pytest.raises(BadInput, match="no axes and components that mean something"):
        grid(model, options=GridOptions(plane=plane, n=2))


def test_a_plane_through_three_draws_stays_where_noise_is(model):
    options = GridOptions(plane="places", through=("random",) * 3, n=3)
    plane = grid(model, options=options).plane
    s, t = np.meshgrid([0.0, 0.5, 1.0], [0.0, 0.5, 1.0])
    z = plane.latents(s.ravel(), t.ravel())
    assert np.allclose(np.linalg.norm(z, axis=1), 16, rtol=0.2)
    assert np.array_equal(z[0], plane.origin)
    assert np.array_equal(z[2], plane.origin + plane.first)


def test_a_spherical_path_keeps_the_norm(model):
    options = InterpolationOptions(path="spherical", steps=2)
    path = interpolate(model, ["random", "random"], options=options)
    assert np.allclose(np.linalg.norm(path.z, axis=1), 16, rtol=0.2)


def test_the_explorer_shows_a_plane_through_samples_and_writes_no_codes(model):
    content = prepare(model, options=ExploreOptions(grid=2, points=5))
    assert [spec.partition(":")[0] for spec, _ in content.planes] == ["places"]
    assert payload_of(content, live=False)["points"]["codes"] is None
    with pytest.raises(BadInput, match="no axes and components"):
        content.plane("components")
