"""Augmentation of what discriminators see leaves the law of the images alone."""

import numpy as np
import pytest
import torch

import fractaldream
from evalkit.family.symmetry import OPERATIONS, permutation, turned
from fractaldream.parameters.sampling import MAP_SCALE, START_SCALE, draw_parameters
from fractaldream_models.augmentation import SYMMETRIES, augmented, draws_of

LEVELS = torch.randint(0, 256, (400, 1, 8, 8), generator=torch.Generator().manual_seed(0))


def at_random(images, augment, law=None):
    shape = (draws_of(augment, law), len(images))
    draws = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    return augmented(images, augment, law, draws)


def operations(law):
    """Return the operations on the square that the augmentation of a law does to images."""
    images = at_random(LEVELS[:1].expand(400, -1, -1, -1), "symmetries", law)
    seen = {image.numpy().tobytes() for image in images}
    image = LEVELS[0].numpy()
    of = {turned(image, *o).tobytes(): o for o in OPERATIONS}
    assert seen <= of.keys()
    return {of[key] for key in seen}


@pytest.mark.parametrize("law", SYMMETRIES)
def test_symmetries_keep_the_levels_of_each_image(law):
    moved = at_random(LEVELS, "symmetries", law)
    assert torch.equal(moved.flatten(1).sort(1).values, LEVELS.flatten(1).sort(1).values)
    assert not torch.equal(moved, LEVELS)


def is_of_fdd(params):
    signs = np.sign(params)
    return bool((signs[:, 0] == signs[:, 1]).all() and (signs[:, 2:] == signs[:, 2:3]).all())


def test_symmetries_are_all_that_the_law_has():
    assert operations("uniform") == operations("normal") == set(OPERATIONS)
    recipe = fractaldream.Recipe(law="fdd", n=200)
    params = draw_parameters(recipe, np.arange(200), np.zeros(200))
    assert is_of_fdd(params)
    closed = {o for o in OPERATIONS if is_of_fdd(params @ permutation(o))}
    assert operations("fdd") == closed
    scale = np.array([START_SCALE] * 2 + [MAP_SCALE] * 4)  # of normal; a multiple of uniform's
    for operation in OPERATIONS:
        assert np.allclose(np.abs(scale @ permutation(operation)), scale)


def test_photographs_are_shifted_and_recoloured_and_the_middle_draw_changes_nothing():
    images = torch.rand(6, 3, 16, 16)
    middle = augmented(images, "photographs", None, torch.full((5, 6), 0.5))
    assert torch.allclose(middle, images, atol=1e-6)
    draws = torch.full((5, 6), 0.5)
    draws[3] = 0  # two rows, an eighth of the side
    shifted = augmented(images, "photographs", None, draws)
    assert torch.allclose(shifted[:, :, 2:], images[:, :, :-2], atol=1e-6)
    assert not shifted[:, :, :2].any()
    grey = torch.full((5, 6), 0.5)
    grey[1] = 0
    without = augmented(images, "photographs", None, grey)
    assert torch.allclose(without, images.mean(1, keepdim=True).expand(-1, 3, -1, -1), atol=1e-6)


@pytest.mark.parametrize(("augment", "law"), [("symmetries", "fdd"), ("photographs", None)])
def test_gradients_reach_the_images(augment, law):
    images = torch.rand(4, 3, 8, 8, requires_grad=True)
    at_random(images, augment, law).square().sum().backward()
    assert (images.grad != 0).any((1, 2, 3)).all()
