"""Maps of known clusters, and how good they are."""

from dataclasses import replace

import numpy as np
import pytest

from evalkit.latent_space.maps import chance_of, figures_of, project_to_plane
from fractaldream_base.errors import BadInput
from latent_points import clusters


def test_a_map_that_keeps_the_plane_is_trusted():
    points = clusters(3)
    z = points.z[:, 3:]
    points = replace(points, z=z)
    assert figures_of(z, z.copy(), points).trustworthiness == 1
    shuffled = np.random.default_rng(1).permutation(z)
    assert figures_of(z, shuffled, points).trustworthiness < 0.6


def test_methods_that_cannot_map_so_few_points_are_refused():
    z = np.random.default_rng(0).standard_normal((30, 3))
    for method, n, words in (
        ("umep", 30, "give one of pca, tsne, umap"),
        ("umap", 3, "umap of 3 points: give 4 or more"),
        ("tsne", 20, "perplexity 30: give 1 or more, and less than 20 points"),
    ):
        with pytest.raises(BadInput, match=words):
            project_to_plane(z[:n], method)
    assert project_to_plane(z, "pca").shape == (30, 2)


def test_equal_points_have_no_map_but_by_pca():
    z = np.ones((40, 3))
    assert not project_to_plane(z, "pca").any()
    with pytest.raises(BadInput, match="all 40 points are equal"):
        project_to_plane(z, "tsne")


def test_purity_by_chance_is_that_of_the_shares_of_the_classes():
    assert chance_of(clusters(1)) == pytest.approx(1 / 3)
    assert chance_of(replace(clusters(1), classes=())) == 0
