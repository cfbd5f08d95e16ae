"""Faithful to 2019: the images and parameters of the original data set."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import stats

import fractaldream as fd

RECIPE = fd.Recipe.from_toml(
    Path(__file__).parents[1] / "data" / "fdd-2019.toml", law="params", n=1
)


def blocks(levels):
    return levels.reshape(32, 4, 32, 4).mean((1, 3)).ravel()


@pytest.fixture(scope="module")
def comparisons(reference):
    """Per image: its palette's distance, visited pixels, correlation, and that of a twin."""
    rows = []
    for path in sorted((reference / "fdd" / "images").glob("*/*.png")):
        params = np.array([float(value) for value in path.stem.split("_")])
        colours = np.asarray(Image.open(path).convert("RGB")).astype(int)
        table = fd.palette(path.parent.name)[1:].astype(int)
        distance = np.abs(colours[:, :, None] - table).max(-1)
        visited = (colours != 255).any(-1)
        levels = np.where(visited, distance.argmin(-1) + 1, 0)
        images = fd.render_images(np.stack([params, params + np.eye(6)[0] * 1e-9]), RECIPE)
        ours, twin = images.levels
        rows.append(
            (
                distance.min(-1)[visited].max(),
                images.visited[0] / visited.sum(),
                np.corrcoef(blocks(levels), blocks(ours))[0, 1],
                np.corrcoef(blocks(twin), blocks(ours))[0, 1],
            )
        )
    assert len(rows) == 15
    return np.array(rows)


def test_images_of_2019_are_rendered_again(comparisons):
    _, visited, original, twin = comparisons.T
    assert (np.abs(visited - 1) <= 0.03).sum() >= 13
    assert (original >= twin - 0.015).sum() >= 13


def test_palettes_are_those_of_2019(comparisons):
    # datashader interpolates between the entries and cuts off, by up to two of 255
    assert comparisons[:, 0].max() <= 2


def test_the_law_and_the_refusals_of_2019(reference):
    rows = fd.read_params(reference / "fdd" / "params.csv")
    assert len(rows) == 992
    assert (np.sign(rows[:, 0]) == np.sign(rows[:, 1])).all()
    assert (np.ptp(np.sign(rows[:, 2:]), axis=1) == 0).all()
    assert np.abs(rows[:, :2]).max() <= 1 and np.abs(rows[:, 2:]).max() <= 3
    for column in np.abs(rows[:, :2]).T:
        assert stats.kstest(column, "uniform").pvalue > 1e-3
    images = fd.render_images(rows, threads=2)
    kept = (images.visited >= fd.Recipe().minimum) & (images.cycle == 0)
    assert kept.mean() >= 0.97
    # exponents are measured after the last point: some orbits have died in a cycle by then
    assert (images.lyapunov > 0)[images.cycle == 0].mean() >= 0.998


def test_the_probe_keeps_the_rows_of_2019(reference, tmp_path):
    from fractaldream.rendering.images import Workspace

    rows = fd.read_params(reference / "fdd" / "params.csv")
    space = Workspace(fd.Recipe())
    passed = [
        space.probe(rows[k : k + space.lanes]) >= fd.Recipe().probe_minimum
        for k in range(0, len(rows), space.lanes)
    ]
    assert np.concatenate(passed).mean() >= 0.999
