"""Planes decoded beforehand: where cells lie, borders between classes, and where names stand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.explorer.decoded_plane import borders, cells
from evalkit.latent_space.plane import Plane
from evalkit.latent_space.regions import name_places


@given(st.integers(2, 12), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_borders_lie_between_cells_that_differ(n, seed):
    labels = np.random.default_rng(seed).integers(0, 3, (n, n))
    lines = borders(labels, -3.0, 3.0)
    cell = 6 / (n - 1)
    lengths = np.abs(lines[:, 2:] - lines[:, :2]).sum(1)
    differ = (labels[:, 1:] != labels[:, :-1]).sum() + (labels[1:] != labels[:-1]).sum()
    assert np.isclose(lengths.sum(), differ * cell)
    for x, y, label in name_places(labels, -3.0, 3.0, least=1):
        row, column = round((3 - y) / cell), round((x + 3) / cell)
        assert labels[row, column] == label


def test_one_border_where_it_is():
    labels = np.array([[0, 1], [0, 1]])  # the right half is another class
    assert np.allclose(borders(labels, -3.0, 3.0), [[0, 6, 0, -6]])


def test_cells_run_from_the_top_and_end_on_the_border():
    unit = np.eye(2)
    plane = Plane("axes", np.zeros(2), unit[0], unit[1], "x", "y", low=0.0, high=1.0)
    at = cells(plane, 5)
    assert np.array_equal(at[[0, 4, 20, 24]], [[0, 1], [1, 1], [0, 0], [1, 0]])
    assert np.array_equal(plane.latents(*at.T), at)


def test_borders_and_names_of_a_plane_through_places():
    """Its coordinates run from 0 to 1."""
    labels = np.repeat([[0, 0, 1, 1]], 4, 0)
    assert np.allclose(borders(labels, 0.0, 1.0), [[0.5, 1 + 1 / 6, 0.5, -1 / 6]])
    names = name_places(labels, 0.0, 1.0, least=1)
    assert [k for _, _, k in names] == [0, 1] and names[0][0] < 0.5 < names[1][0]
