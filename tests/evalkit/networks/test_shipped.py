"""The inverse renderers that come with the package."""

import json

import numpy as np
import pytest
import torch

from evalkit.family.renderer import renderer_of
from evalkit.networks.inverse_store import SHIPPED, inverse_of
from evalkit.networks.inverse_training import held_out
from fractaldream_base.files import file_digest

INDEX = json.loads((SHIPPED / "index.json").read_text())


def renderer(entry):
    return renderer_of(None, mapping=entry["map"], size=entry["size"], palette=entry["palette"])


def test_the_index_lists_what_is_there():
    assert sorted(INDEX) == sorted(path.name for path in SHIPPED.glob("*.pt"))


@pytest.mark.parametrize("name", INDEX)
def test_one_is_found_and_is_what_its_fingerprint_says(name):
    assert file_digest(SHIPPED / name) == INDEX[name]["sha256"]
    network, figures, path = inverse_of(renderer(INDEX[name]), progress=False)
    assert path == SHIPPED / name and figures.score == INDEX[name]["score"]
    stored = torch.load(path, weights_only=True)["state_dict"]
    for key, values in network.state_dict().items():
        assert torch.equal(values, stored[key].to(values.dtype))
    assert stored["head.weight"].dtype == torch.float16


@pytest.mark.parametrize("name", INDEX)
def test_its_score_on_fresh_renderings_is_near_the_recorded_one(name):
    fd = renderer(INDEX[name])
    network = inverse_of(fd, progress=False)[0]
    score = held_out(network, fd, np.random.default_rng(11), images=400)[0]
    assert abs(score - INDEX[name]["score"]) < 0.6  # three standard errors of 400 images
