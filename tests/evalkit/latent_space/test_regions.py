"""Where the names of classes are written on a plane."""

import numpy as np

from evalkit.latent_space.regions import name_places


def test_a_name_stands_deepest_in_its_region():
    labels = np.zeros((9, 9), int)
    labels[:, 6:] = 1
    places = {kind: (x, y) for x, y, kind in name_places(labels, -4, 4)}
    assert places[1] == (3, 0) or abs(places[1][0] - 3) <= 1
    assert -4 < places[0][0] < 2


def test_small_regions_have_no_name_and_parts_have_one_each():
    labels = np.zeros((10, 10), int)
    labels[0, 0] = 2
    labels[:, 4:6] = 1
    kinds = sorted(kind for _, _, kind in name_places(labels, 0, 9))
    assert kinds == [0, 0, 1]
