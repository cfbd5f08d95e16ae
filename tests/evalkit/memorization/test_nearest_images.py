"""Copyists are called copyists and honest generators are not; figures equal their slow twins."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from sklearn.neighbors import NearestNeighbors

import fractaldream
from evalkit.errors import BadInput
from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable
from evalkit.memorization import copying
from evalkit.memorization.contact_sheet import draw_sheet
from evalkit.memorization.copying import exchange, mann_whitney
from evalkit.memorization.nearest_images import neighbours
from evalkit.memorization.options import NeighbourOptions
from evalkit.memorization.precision_recall import prdc
from evalkit.networks.features import area, open_features, pixels
from evalkit.statistics import nearest_neighbours as search


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
        from fractaldream_models.data.tensors import Data

        from evalkit.inputs.images import ImageSet

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


def asked(model, data, seed):
    options = NeighbourOptions(n=200, seed=seed, refine=0)
    return neighbours(model, data, options=options).copying


def test_copyists_and_honest_generators():
    """19 times of 20, and an honest one that blurs is not accused either."""
    called = wronged = blurred = 0
    for seed in range(20):
        data = PlantedSet(seed)
        called += asked(copyist(data, seed), data, seed).p_value < 0.01
        wronged += asked(honest(seed), data, seed).p_value < 0.05
        smooth = asked(honest(seed, blur=True), data, seed)
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

    assert asked(from_callable(call, "mixed"), data, 0).p_value < 0.01


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
    told = json.loads(json.dumps(result.to_dict()))
    assert set(told["copying"]) >= {"statistic", "p_value"}
    assert told["manifold"]["k"] == 5 and "<=" in told["manifold"]["ties"]
    assert len(told["family"]["found"]) == 4 and "precision" in str(result)
    assert draw_sheet(result, rendered, rows=4).dtype == np.uint8


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 60), st.integers(1, 5), st.integers(0, 2**31))
def test_search_is_exact(n, m, k, seed):
    rng = np.random.default_rng(seed)
    references = rng.standard_normal((m, 7)).astype(np.float32)
    queries = rng.standard_normal((n, 7)).astype(np.float32)
    if k > m:
        with pytest.raises(BadInput):
            search.nearest(queries, references, k)
        return
    found = search.nearest(queries, references, k)
    whole = np.sqrt(((queries[:, None].astype(float) - references) ** 2).mean(-1))
    assert np.array_equal(found.rows, whole.argsort(1, kind="stable")[:, :k])
    assert np.allclose(found.distances, np.sort(whole, 1)[:, :k])


def test_search_in_many_chunks(monkeypatch):
    monkeypatch.setattr(search, "QUERIES", 7)
    monkeypatch.setattr(search, "REFERENCES", 11)
    rng = np.random.default_rng(0)
    references = rng.random((200, 12), np.float32)
    queries = references[::3] + np.float32(1e-6)
    found = search.nearest(queries, references, 4)
    assert np.array_equal(found.rows[:, 0], np.arange(0, 200, 3))
    _, rows = NearestNeighbors(n_neighbors=4).fit(references).kneighbors(queries)
    assert np.array_equal(found.rows, rows)


def naive_prdc(real, fake, k):
    """Plain loops over the definitions."""

    def distance(a, b):
        return np.linalg.norm(a - b)

    def radius(points, i):
        return sorted(distance(points[i], p) for j, p in enumerate(points) if j != i)[k - 1]

    of_real = [radius(real, i) for i in range(len(real))]
    of_fake = [radius(fake, i) for i in range(len(fake))]
    inside = [[distance(r, f) <= of_real[i] for i, r in enumerate(real)] for f in fake]
    recalled = [any(distance(r, f) <= of_fake[j] for j, f in enumerate(fake)) for r in real]
    covered = [any(row[i] for row in inside) for i in range(len(real))]
    return (
        np.mean([any(row) for row in inside]),
        np.mean(recalled),
        np.sum(inside) / (k * len(fake)),
        np.mean(covered),
    )


def test_manifold_figures():
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((40, 3)), rng.standard_normal((30, 3)) * 0.8 + 0.3
    p = prdc(real=real, generated=fake, k=3)
    said = (p.precision, p.recall, p.density, p.coverage)
    assert np.allclose(said, naive_prdc(real, fake, 3))
    same = prdc(real=real, generated=real, k=3)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    far = prdc(real=real, generated=fake + 100, k=3)
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)
    with pytest.raises(BadInput, match="k = 40"):
        prdc(real=real, generated=fake, k=40)


def test_rank_sum_is_scipys():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 60), rng.integers(1, 10, 80)
    from scipy.special import ndtr

    expected = mannwhitneyu(x, y, alternative="less", method="asymptotic", use_continuity=False)
    assert ndtr(mann_whitney(x, y)) == pytest.approx(expected.pvalue)
    assert mann_whitney(np.ones(5), np.ones(6)) is None


def test_exchange_is_uniform_where_labels_mean_nothing(monkeypatch):
    monkeypatch.setattr(copying, "DRAWS", 999)
    rng = np.random.default_rng(0)
    ps = []
    for _ in range(200):
        popular = rng.zipf(1.7, 300) / rng.random(300)  # hubs: images that are nearest to many
        chosen = rng.choice(300, 60, p=popular / popular.sum())
        ps.append(exchange(chosen, rng.random(60), 200, 100, rng)[1])
    # 200 draws of a uniform p lie here 99 times of 100
    assert np.mean(np.array(ps) <= 0.05) <= 0.09 and 0.4 < np.mean(np.array(ps) <= 0.5) < 0.6


def test_pixels_are_means(rendered):
    features = pixels(16, 3)
    rows = np.arange(20)
    slow = rendered.images(rows).reshape(20, -1)
    assert np.allclose(features.of_rows(rendered, rows), slow, atol=1e-6)
    coarse = area(6, 4)
    assert np.allclose(coarse.sum(1), 1) and np.allclose(coarse[0, :2], [2 / 3, 1 / 3])
    grey = np.random.default_rng(0).random((3, 1, 64, 64), np.float32)
    blocks = grey.reshape(3, 32, 2, 32, 2).mean((2, 4)).reshape(3, -1)
    assert np.allclose(pixels(64, 1).of(grey), blocks, atol=1e-6)


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
