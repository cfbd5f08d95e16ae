"""Copyists are called copyists and honest generators are not."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import fractaldream
from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable
from evalkit.memorization.contact_sheet import draw_sheet
from evalkit.memorization.nearest_images import neighbours
from evalkit.memorization.options import NeighbourOptions
from evalkit.memorization.precision_recall import Prdc
from evalkit.networks.features import open_features, pixels
from fractaldream_base.errors import BadInput


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    path = tmp_path_factory.mktemp("nb") / "d.h5"
    recipe = fractaldream.Recipe(n=400, size=16, iterations=2000, seed=3)
    fractaldream.render(recipe, path)
    return open_images(str(path))


def law(seed, n):
    """A set of smooth 8 px images: what planted generators copy, or draw anew."""
    rng = np.random.default_rng(seed)
    waves = np.cos(np.pi * np.arange(3)[:, None] * (np.arange(8) + 0.5) / 8)
    codes = rng.standard_normal((n, 3, 3)) * 0.2
    return np.clip(0.5 + np.einsum("nab,ai,bj->nij", codes, waves, waves), 0, 1)


class PlantedSet:
    """400 images of the law: 300 learnt, 100 held out."""

    def __new__(cls, seed):
        import torch

        from evalkit.inputs.images import ImageSet
        from fractaldream_models.data.tensors import Data

        stack = torch.from_numpy(np.round(law([seed, 0], 400) * 255).astype(np.uint8))[:, None]
        return ImageSet("planted", Data(stack, torch.arange(300), torch.arange(300, 400)))


def copyist(data, seed, noise=0.02):
    learnt = data.images(data.train)[:, 0]
    rng = np.random.default_rng([seed, 1])

    def call(z):
        some = learnt[rng.integers(0, len(learnt), len(z))]
        return np.clip(some + noise * rng.standard_normal(some.shape), 0, 1)

    return from_callable(call, "copyist")


def honest(seed, blur=False):
    counter = iter(range(10**6))

    def call(z):
        images = law([seed, 2, next(counter)], len(z))
        return (images + images.mean((1, 2), keepdims=True)) / 2 if blur else images

    return from_callable(call, "honest")


def copying_of(model, data, seed):
    options = NeighbourOptions(n=200, seed=seed, refine=0)
    return neighbours(model, data, options=options).copying


def test_copyists_and_honest_generators():
    """19 times of 20, and an honest one that blurs is not accused either."""
    called = wronged = blurred = 0
    for seed in range(20):
        data = PlantedSet(seed)
        called += copying_of(copyist(data, seed), data, seed).p_value < 0.01
        wronged += copying_of(honest(seed), data, seed).p_value < 0.05
        smooth = copying_of(honest(seed, blur=True), data, seed)
        assert smooth.p_closer_than_fresh < 0.05  # what the Mann-Whitney test alone would say
        blurred += smooth.p_value < 0.05
    assert called >= 19 and wronged <= 1 and blurred <= 2


def test_one_in_three_copied_is_enough():
    data = PlantedSet(50)
    copies, fresh = copyist(data, 50), honest(50)

    def call(z):
        images = fresh.call(z)
        images[::3] = copies.call(z[::3])
        return images

    assert copying_of(from_callable(call, "mixed"), data, 0).p_value < 0.01


def test_fresh_renderings_are_the_yardstick(rendered, tmp_path):
    levels = rendered.data.images.numpy()[:, 0]
    table_of = rendered.data.palette.numpy()
    learnt = table_of[levels[rendered.train]]
    rng = np.random.default_rng(0)
    model = from_callable(lambda z: learnt[rng.integers(0, len(learnt), len(z))], "copyist")
    result = neighbours(model, rendered, options=NeighbourOptions(n=60, refine=4))
    assert result.yardstick.startswith("fresh renderings") and result.fresh == len(rendered.train)
    assert result.copying.p_value < 0.01 and result.copying.statistic < -2
    assert np.array_equal(result.nearest.distances[:, 0], np.zeros(60))
    assert result.verdict.startswith("too close to the training images (p = ")
    far = replace(result.manifold, generated=Prdc(0.1, 0.0, 0.02, 0.01))
    blurred = replace(result, manifold=far)
    assert "unlike the data: look at the picture" in str(blurred).splitlines()[0]
    assert "does not make such images copies" in " ".join(str(blurred).split())
    honest = replace(blurred, copying=replace(result.copying, p_value=0.4))
    assert honest.verdict == "no copying seen (p = 0.4)" and len(honest.to_dict()["caveats"]) == 1
    values = json.loads(json.dumps(result.to_dict()))
    assert set(values["copying"]) >= {"statistic", "p_value"}
    assert values["manifold"]["k"] == 5 and "<=" in values["manifold"]["ties"]
    assert len(values["family"]["found"]) == 4 and "precision" in str(result)
    assert draw_sheet(result, rendered, rows=4).dtype == np.uint8


def test_names_and_opened_objects_are_the_same(rendered):
    def generate(z):
        return np.clip(0.5 + 0.1 * z[:, :1, None, None], 0, 1) * np.ones((1, 16, 16, 3))

    options = NeighbourOptions(n=30, refine=2)
    by_name = neighbours(generate, rendered.name, options=options)
    model, features = from_callable(generate, "generate"), pixels(16, 3)
    opened = neighbours(model, rendered, options=options, features=features)
    assert by_name.to_dict() | {"learnt_from": None} == opened.to_dict()
    assert str(by_name).startswith("generate: 30 generated images")


def test_refusals(rendered, tmp_path):
    model = honest(0)
    with pytest.raises(BadInput, match="no encoder"):
        open_features("encoder", model)
    with pytest.raises(BadInput, match="features blur"):
        open_features("blur", model)
    with pytest.raises(BadInput, match="give 20 images"):
        neighbours(model, PlantedSet(0), options=NeighbourOptions(n=3))
    done = subprocess.run(
        [sys.executable, "-m", "evalkit", "neighbours", "nothere:f", "--data", "x.h5"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
