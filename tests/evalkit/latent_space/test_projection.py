"""Maps and their figures, on points whose answer is known."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from evalkit.latent_space.options import ProjectionOptions
from evalkit.latent_space.points import Points
from evalkit.latent_space.projection import map_points
from fractaldream_base.errors import BadInput
from latent_points import clusters


def test_maps_of_clusters():
    result = map_points(clusters(30), "m", ProjectionOptions(methods=("pca", "tsne")))
    for figures in result.figures.values():
        assert figures.purity == 1 and figures.silhouette > 0.6
    assert result.figures["pca"].trustworthiness > 0.6
    assert result.figures["tsne"].trustworthiness > result.figures["pca"].trustworthiness
    assert result.chance == pytest.approx(1 / 3)
    assert "silhouette" in str(result) and result.picture()[:4] == b"\x89PNG"
    again = map_points(clusters(30), "m", ProjectionOptions(methods=("tsne",)))
    assert np.array_equal(again.maps["tsne"], result.maps["tsne"])


def test_one_cloud_is_not_pure():
    figures = map_points(clusters(0), "m", ProjectionOptions(methods=("pca",))).figures["pca"]
    assert abs(figures.purity - 1 / 3) < 0.06 and abs(figures.silhouette) < 0.06


def test_one_class_has_no_silhouette():
    points = clusters(3)
    result = map_points(
        replace(points, values=points.values * 0), "m", ProjectionOptions(methods=("pca",))
    )
    assert result.figures["pca"].silhouette is None and result.chance == 1
    assert "-" in str(result)


def test_numbers_are_predicted_by_neighbours():
    rng = np.random.default_rng(0)
    z = rng.uniform(-1, 1, (500, 2))
    known = Points(z, "a", (), z[:, 0], None, "test")
    nothing = replace(known, values=rng.standard_normal(500))
    assert map_points(known, "m", ProjectionOptions(methods=("pca",))).figures["pca"].purity > 0.95
    assert map_points(nothing, "m", ProjectionOptions(methods=("pca",))).figures["pca"].purity < 0.1


def test_refusals():
    points = clusters(3)
    for wrong, message in (
        (replace(points, z=points.z[:, :1]), "one latent"),
        (replace(points, z=points.z[:9], values=points.values[:9]), "9 points"),
        (replace(points, z=points.z * np.nan), "NaN"),
    ):
        with pytest.raises(BadInput, match=message):
            map_points(wrong, "m")
    with pytest.raises(BadInput, match="perplexity"):
        map_points(points, "m", ProjectionOptions(perplexity=1000))


def test_umap_that_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(BadInput, match=r"fractaldream\[umap\]"):
        map_points(clusters(3), "m", ProjectionOptions(methods=("pca", "umap")))
