"""Matrices of the symmetries agree with the attractor's own."""

import numpy as np

import fractaldream
from evalkit.family.symmetry import OPERATIONS, permutation, picture_signs, turned
from fractaldream.rendering.attractor import OPERATIONS as NAMES


def test_permutations_are_those_of_the_attractor():
    params = np.random.default_rng(0).uniform(-3, 3, 6)
    exact = {m.operation: m.params for m in fractaldream.symmetry_orbit(params) if m.exact}
    for operation in OPERATIONS:
        np.testing.assert_array_equal(params @ permutation(operation), exact[NAMES[operation]])
    assert np.array_equal(permutation(OPERATIONS[0]), np.eye(6))


def test_a_permutation_turns_the_image():
    recipe = fractaldream.Recipe(size=32, iterations=20_000)
    params = np.array([0.31, -0.2, 1.4, -2.2, 1.9, 0.7])
    rows = np.stack([params @ permutation(operation) for operation in OPERATIONS])
    levels = fractaldream.render_images(rows, recipe).levels
    for operation, image in zip(OPERATIONS, levels, strict=True):
        np.testing.assert_array_equal(turned(levels[0], *operation), image)


def test_signs_that_keep_the_picture():
    signs = picture_signs()
    assert np.array_equal(np.abs(signs), np.ones((4, 6))) and np.array_equal(signs[0], np.ones(6))
    assert np.array_equal(np.unique(signs, axis=0), np.unique(signs * signs[3], axis=0))  # a group
