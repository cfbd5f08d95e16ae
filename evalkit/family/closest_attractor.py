"""The nearest image in the whole Fractal Dream family, and images that no one has seen.

An image is looked for among renderings with known parameters, then by rendering again: each round
draws parameters about the best so far, near and far, and keeps what is closer. An image of the
family itself does not come to distance nought either (the orbits are chaotic, so that parameters
a hair away draw other points); how far true images stay is the yardstick.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.inputs.images import ImageSet
from evalkit.networks.features import Features

from .renderer import Renderer

STARTS = 4  # renderings of the bank that the search begins from
REACH = 0.5  # of a first step, standard deviations of the parameters
SHRINK, GROW = 0.7, 1.3  # of the step after a round without, and with, an improvement


@dataclass(frozen=True)
class Closest:
    """For N images: params float64 (N, 6), x0 to d, of the closest rendering that was found.

    before: distance to the nearest of the bank; after: to the closest rendering, (N,), in the
    features' units. images: levels uint8 (N, S, S) of these.
    """

    params: np.ndarray
    before: np.ndarray
    after: np.ndarray
    levels: np.ndarray
    renderings: int  # that were made for it


def renderer_for(images: ImageSet) -> Renderer | None:
    """FD at the settings of a rendered data set; None where the data are not one."""
    from fractaldream import BadInput as Refused
    from fractaldream import open as open_dataset

    if not Path(images.name).is_file() or images.params is None:
        return None
    try:
        with open_dataset(images.name) as file:
            recipe = file.recipe
    except (Refused, KeyError, TypeError):
        return None
    if recipe.size != images.size or tuple(images.param_names) != ("x0", "y0", "a", "b", "c", "d"):
        return None
    facts = images.data.facts or {}
    palette = images.data.palette
    return Renderer(
        replace(recipe, refusals=False),
        tuple(facts["param_mean"]),
        tuple(facts["param_scale"]),
        palette=None if palette is None else palette.numpy(),
    )


def goes_on(images: ImageSet) -> bool:
    """Whether fresh images of a data set can be rendered: its recipe draws parameters."""
    renderer = renderer_for(images)
    return renderer is not None and renderer.recipe.law != "params"


def fresh_renderings(
    images: ImageSet, n: int, *, progress: bool = False
) -> tuple[np.ndarray, np.ndarray] | None:
    """Levels uint8 (n, S, S) and parameters (n, 6) of the images after the last of a data set.

    The same recipe, laws and refusals included; None where it cannot go on (given parameters, or
    no recipe).
    """
    import h5py
    from tqdm import tqdm

    from fractaldream import open as open_dataset
    from fractaldream import stream

    if not goes_on(images):
        return None
    with open_dataset(images.name) as file:
        recipe = file.recipe
    with h5py.File(images.name) as content:
        start = int(content["index"][:].max()) + 1
    levels, params = [], []
    with tqdm(total=n, desc="fresh renderings", disable=not progress, dynamic_ncols=True) as bar:
        for batch in stream(recipe, batch=min(256, n), start=start):
            levels.append(batch.levels)
            params.append(batch.params)
            bar.update(len(batch.levels))
            if sum(map(len, params)) >= n:
                break
    return np.concatenate(levels)[:n], np.concatenate(params)[:n]


def coloured(levels: np.ndarray, palette: np.ndarray | None) -> np.ndarray:
    """Levels (N, S, S) as float32 (N, C, S, S) in [0, 1]."""
    if palette is None:
        return levels[:, None].astype(np.float32) / 255
    table = (palette.T / 255).astype(np.float32)
    return np.stack([np.take(column, levels) for column in table], 1)


def closest(
    wanted: np.ndarray,
    features: Features,
    renderer: Renderer,
    bank: np.ndarray,
    bank_params: np.ndarray,
    rng: np.random.Generator,
    *,
    rounds: int = 16,
    children: int = 32,
    progress: bool = False,
) -> Closest:
    """The closest renderings to N images, by their features `wanted` (N, D).

    bank: features (B, D) of renderings with parameters bank_params (B, 6). Each round renders
    `children` for every image: half of them about the best so far, half about the others of the
    STARTS nearest of the bank, each with one to six parameters moved by a random share of the
    step.
    """
    from tqdm import tqdm

    from evalkit.statistics.nearest_neighbours import nearest

    def apart(drawn: np.ndarray) -> np.ndarray:
        """Distances (N, m) of levels (N, m, S, S) to the N that are wanted."""
        parts = []
        for row, own in zip(wanted, drawn, strict=True):
            said = features.of(coloured(own, renderer.palette))
            parts.append(np.sqrt(((said - row) ** 2).mean(1, dtype=np.float64)))
        return np.stack(parts)

    n = len(wanted)
    mean, scale = np.array(renderer.mean), np.array(renderer.scale)
    bank_v = (bank_params - mean) / scale
    starts = nearest(wanted, bank, min(STARTS, len(bank)))
    parents = bank_v[starts.rows]  # (N, STARTS, 6), best first
    # rendered again: standardising moved the parameters by a rounding, which chaos shows
    drawn = renderer.levels(parents.reshape(-1, 6)).reshape(n, -1, *[renderer.recipe.size] * 2)
    distance = apart(drawn)
    order = distance.argsort(1, kind="stable")
    distance = np.take_along_axis(distance, order, 1)
    parents = np.take_along_axis(parents, order[..., None], 1)
    levels = drawn[np.arange(n), order[:, 0]]
    step = np.full(n, REACH)
    for _ in tqdm(range(rounds), desc="family", disable=not progress, dynamic_ncols=True):
        which = np.where(
            np.arange(children) % 2 == 0, 0, rng.integers(0, parents.shape[1], (n, children))
        )
        v = np.take_along_axis(parents, which[..., None], 1)
        moved = rng.random((n, children, 6)) < rng.uniform(0.1, 1, (n, children, 1))
        share = 10 ** rng.uniform(-2, 0, (n, children, 1))
        v = v + moved * rng.standard_normal(v.shape) * share * step[:, None, None]
        better = np.zeros(n, bool)
        drawn = renderer.levels(v.reshape(-1, 6)).reshape(n, children, *levels.shape[1:])
        away = apart(drawn)
        for i in range(n):
            for c in away[i].argsort():  # a child may replace the parent that it came from
                parent = which[i, c]
                if away[i, c] < distance[i, parent]:
                    if away[i, c] < distance[i].min():
                        levels[i] = drawn[i, c]
                    distance[i, parent] = away[i, c]
                    parents[i, parent] = v[i, c]
                    better[i] = True
        order = distance.argsort(1, kind="stable")
        distance = np.take_along_axis(distance, order, 1)
        parents = np.take_along_axis(parents, order[..., None], 1)
        step = np.clip(step * np.where(better, GROW, SHRINK), 1e-3, 1.0)
    return Closest(
        params=mean + scale * parents[:, 0],
        before=starts.distances[:, 0],
        after=distance[:, 0],
        levels=levels,
        renderings=n * children * rounds,
    )


def summary(found: Closest, of_fresh: Closest) -> dict[str, Any]:
    """How far generated images stay from the family, beside never-seen images of it."""
    limit = float(np.quantile(of_fresh.after, 0.95))
    return {
        "images": len(found.after),
        "renderings": found.renderings + of_fresh.renderings,
        "generated": {
            "nearest_known": float(np.median(found.before)),
            "closest_found": float(np.median(found.after)),
        },
        "fresh": {
            "nearest_known": float(np.median(of_fresh.before)),
            "closest_found": float(np.median(of_fresh.after)),
        },
        "farther_than_95_percent_of_fresh": float((found.after > limit).mean()),
    }
