"""Maps of the points keep what lies together together."""

from importlib.util import find_spec

import numpy as np
import pytest

from evalkit.explorer.content import check
from evalkit.explorer.map_points import place_points
from evalkit.explorer.options import ExploreOptions
from evalkit.latent_space.maps import project_to_plane
from fractaldream_base.errors import BadInput


def test_maps_keep_neighbours_together():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.standard_normal((30, 5)), rng.standard_normal((30, 5)) + 20])
    for method in ("pca", "tsne"):
        at = place_points(features, method, 0)
        assert at.shape == (60, 2)
        apart = np.linalg.norm(at[:30].mean(0) - at[30:].mean(0))
        assert apart > 2 * max(at[:30].std(0).max(), at[30:].std(0).max())


def test_the_projection_is_that_of_the_latent_space():
    """The explorer has none of its own; two features are their own map, one is a strip."""
    features = np.random.default_rng(0).standard_normal((40, 60)).astype(np.float32)
    assert np.array_equal(
        place_points(features, "pca", 3), project_to_plane(features, "pca", seed=3)
    )
    tsne = project_to_plane(features, "tsne", perplexity=13.0, seed=3)
    assert np.array_equal(place_points(features, "tsne", 3), tsne)
    assert np.array_equal(place_points(features[:, :2], "pca", 0), features[:, :2])
    assert np.array_equal(place_points(features[:, :1], "tsne", 0)[:, 0], features[:, 0])


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1])
def test_equal_points_have_no_map(value):
    """t-SNE would divide by their spread, which ends the process."""
    equal = np.full((40, 6), value) * np.arange(6)
    assert not place_points(equal, "pca", 0).any()
    for method in ("tsne", "umap") if find_spec("umap") else ("tsne",):
        with pytest.raises(BadInput, match="all 40 points are equal"):
            place_points(equal, method, 0)


def test_too_few_points_are_refused_before_the_work():
    for method, least in (("umap", 4), ("tsne", 8)):
        with pytest.raises(BadInput, match=f"{method} of 3 points: give {least} or more"):
            check(ExploreOptions(points=3, projection=method))


@pytest.mark.slow
def test_umap_maps_as_few_as_four_points():
    pytest.importorskip("umap")
    rng = np.random.default_rng(0)
    assert place_points(rng.standard_normal((4, 6)), "umap", 0).shape == (4, 2)
