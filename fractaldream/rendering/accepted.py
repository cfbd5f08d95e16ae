"""Images of given parameters, without those that the recipe refuses."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..recipe import Recipe
from .images import Workspace


def workspaces(recipe: Recipe, threads: int) -> list[Workspace]:
    """Return the buffers of so many threads that render images of a recipe."""
    return [Workspace(recipe, threads) for _ in range(threads)]


def first_accepted(
    params: np.ndarray, most: int, spaces: Sequence[Workspace]
) -> tuple[np.ndarray, np.ndarray]:
    """Render rows of parameters in turn, until so many are not refused.

    Rows that are refused for an early cycle are not rendered to their end. Nothing else is spared,
    and the result is the same as of all images.

    Parameters
    ----------
    params
        float64 (n, 6), rows of x0, y0, a, b, c, d.
    most
        Number of images to render at most.
    spaces
        Buffers of the threads that render, see `workspaces`. Their recipe determines the images,
        and which of them are refused.

    Returns
    -------
    levels, rows
        uint8 (m, S, S), with m at most `most`, and int (m,), the rows that they belong to.
    """
    recipe, lanes = spaces[0].recipe, spaces[0].lanes
    rows = np.arange(len(params))
    if recipe.refusals:
        rows = rows[~ends_on_early_cycle(params, spaces[0])]
    groups = [rows[start : start + lanes] for start in range(0, len(rows), lanes)]
    levels = [np.zeros((0, recipe.size, recipe.size), np.uint8)]
    accepted = [rows[:0]]
    with ThreadPoolExecutor(len(spaces)) as pool:
        for start in range(0, len(groups), len(spaces)):
            together = groups[start : start + len(spaces)]
            parts = pool.map(_accepted_of_group, [params[group] for group in together], spaces)
            for group, (images, good) in zip(together, parts, strict=True):
                levels.append(images)
                accepted.append(group[good])
            if sum(map(len, accepted)) >= most:
                break
    return np.concatenate(levels)[:most], np.concatenate(accepted)[:most]


def _accepted_of_group(params: np.ndarray, space: Workspace) -> tuple[np.ndarray, np.ndarray]:
    """Return the levels of the rows of a group that are not refused, and which rows these are."""
    space.render(params)
    good = np.ones(len(params), bool)
    if space.recipe.refusals:
        space.measure()
        good = space.visited[: len(params)] >= space.recipe.minimum
        good &= space.cycle[: len(params)] == 0
    lanes = np.flatnonzero(good)
    space.shade(lanes)
    return space.levels[lanes], lanes


def ends_on_early_cycle(params: np.ndarray, space: Workspace) -> np.ndarray:
    """Return which orbits are on an exact cycle when their probe ends, bool (n,).

    The map gives the same bits for the same point, so that such an orbit never leaves its cycle,
    for which `Recipe` refuses it at its end.
    """
    cycles = [np.zeros(0, bool)]
    for start in range(0, len(params), space.group):
        part = params[start : start + space.group]
        space.probe(part)
        space.measure()
        cycles.append(space.cycle[: len(part)] > 0)
    return np.concatenate(cycles)
