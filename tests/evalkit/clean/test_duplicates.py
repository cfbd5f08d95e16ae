"""Near duplicates: what may differ between two of them, and what may not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clean_files import scene
from evalkit.clean import duplicates
from evalkit.clean.duplicates import aligned_correlation, grouped, near_pairs, softened


def thumbs(images):
    return np.stack([np.asarray(i.resize((32, 32), Image.Resampling.BOX)) for i in images])


@pytest.fixture(scope="module")
def scenes():
    rng = np.random.default_rng(0)
    return [scene(rng, 64) for _ in range(150)]


def pairs(images):
    return {(p.first, p.second) for p in near_pairs(thumbs(images))}


def test_different_scenes_are_no_pairs(scenes):
    assert len(pairs(scenes)) <= 2


@pytest.mark.parametrize(
    "change",
    [
        lambda i: i.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        lambda i: i.transform(i.size, Image.Transform.AFFINE, (1, 0, 3, 0, 1, -3)),
        lambda i: i.point(lambda v: int(v * 0.85 + 12)),
        lambda i: i.resize((40, 40)),
    ],
    ids=["flipped", "shifted", "recoloured", "smaller"],
)
def test_what_shows_the_same_is_a_pair(scenes, change):
    n = len(scenes)
    copies = [change(i) for i in scenes[:20]]
    near = {(a, b) for a, b in pairs(scenes + copies) if b >= n}
    assert len(near & {(i, n + i) for i in range(20)}) >= 19
    assert len(near) <= 21


@settings(max_examples=30, deadline=None)
@given(st.integers(-4, 4), st.integers(-4, 4), st.floats(0.3, 3), st.floats(-20, 20))
def test_shift_gain_and_offset_do_not_matter(dy, dx, gain, offset):
    rng = np.random.default_rng(0)
    wide = rng.normal(0, 10, (1, 40, 40, 3)).astype(np.float32)
    first = wide[:, 4:36, 4:36]
    other = wide[:, 4 + dy : 36 + dy, 4 + dx : 36 + dx] * np.float32(gain) + np.float32(offset)
    assert aligned_correlation(first, other)[0] == pytest.approx(1, abs=1e-3)
    assert aligned_correlation(other, first)[0] == pytest.approx(1, abs=1e-3)


def test_the_correlation_is_the_plain_one_at_the_best_shift():
    """Against loops."""
    rng = np.random.default_rng(1)
    first, other = softened(
        rng.integers(0, 256, (2, 1, 32, 32, 3), dtype=np.uint8).reshape(2, 32, 32, 3)
    )
    best = -1.0
    for a, b in ((first, other), (other, first)):
        part = a[4:28, 4:28] - a[4:28, 4:28].mean((0, 1))
        for y in range(9):
            for x in range(9):
                scene = b[y : y + 24, x : x + 24]
                scene = scene - scene.mean((0, 1))
                value = (part * scene).sum() / np.sqrt((part**2).sum() * (scene**2).sum())
                best = max(best, float(value))
    assert aligned_correlation(first[None], other[None])[0] == pytest.approx(best, abs=1e-4)


def test_plain_images_are_in_no_pair():
    plain = (
        np.full((5, 32, 32, 3), 90, np.uint8) + np.arange(5, dtype=np.uint8)[:, None, None, None]
    )
    assert near_pairs(plain) == []


@pytest.mark.slow
def test_the_search_for_many_images_finds_what_the_exact_one_does(scenes, monkeypatch):
    n = len(scenes)
    flipped = [i.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for i in scenes[:20]]
    exact = pairs(scenes + flipped)
    monkeypatch.setattr(duplicates, "EXACT", 50)
    near = pairs(scenes + flipped)
    assert len(exact & {(i, n + i) for i in range(20)}) >= 19
    assert len(near ^ exact) <= 1


def test_groups_are_connected_pairs(scenes):
    copies = [scenes[3].point(lambda v, g=g: int(v * g)) for g in (0.95, 0.9)]
    label = grouped(152, near_pairs(thumbs(scenes + copies)))
    assert label[3] == label[150] == label[151] >= 0
