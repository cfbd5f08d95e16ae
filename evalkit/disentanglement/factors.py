"""The true factors of Fractal Dream images, folded by the symmetries, and images that have them.

A model can only know of a parameter what the picture shows. Negating (x0, y0), or (a, b), leaves
the picture as it is wherever the attractor equals its own half turn, as most do; negating a, b, c,
d and one of x0, y0 mirrors it. So sizes are what all symmetries leave alone. The transposition
(x0, a, c) <-> (y0, b, d) changes the picture visibly and is not folded.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from evalkit.errors import BadInput

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet
    from fractaldream.recipe import Recipe

PARAMS = ("x0", "y0", "a", "b", "c", "d")
FOLDS = ("sizes", "picture", "none")
FRESH = 2**40  # index of the first fresh image: beyond those that any file holds
CHUNK = 256  # images in memory at once, as floats
ROUNDS = 30  # of draws for one batch, before another value is held fixed


def fold(params: np.ndarray, how: str) -> np.ndarray:
    """Parameters (N, 6) -> factors (N, 6): sizes, absolute values; picture, the sign of (x0, y0)
    that makes x0 positive and the sign of (a, b) that makes a so; none, as they are."""
    if how not in FOLDS:
        raise BadInput(f"fold {how!r}: give one of {', '.join(FOLDS)}")
    out = np.array(params, float)
    if how == "sizes":
        return np.abs(out)
    if how == "picture":
        out[:, :2] *= np.where(out[:, [0]] < 0, -1, 1)
        out[:, 2:4] *= np.where(out[:, [2]] < 0, -1, 1)
    return out


@dataclass(frozen=True)
class Family:
    """All images that a recipe can draw: the data set, and no end of fresh ones beside it."""

    recipe: "Recipe"

    def fresh(self, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """n images by the law, of no file: levels uint8 (B, S, S) and parameters (B, 6)."""
        from fractaldream import stream

        for batch in stream(self.recipe, batch=min(n, CHUNK), start=FRESH):
            part = min(n, len(batch.params))
            yield batch.levels[:part], batch.params[:part]
            n -= part
            if not n:
                return

    def sharing(
        self, column: int, value: float, n: int, how: str, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """n images by the law whose folded parameter `column` is `value`: levels uint8 (n, S, S)
        and parameters (n, 6).

        None where refusals leave fewer than n of 30 n draws. The laws draw sizes independently
        given the signs, so that a size can be put in the place of another.
        """
        from fractaldream import draw_parameters, render_images

        kept: list[np.ndarray] = []
        params: list[np.ndarray] = []
        for _ in range(ROUNDS):
            index = int(rng.integers(2**41, 2**47)) + np.arange(2 * n)
            rows = draw_parameters(self.recipe, index, np.zeros(2 * n, np.int64))
            rows = rows[(fold(rows, how)[:, column] < 0) == (value < 0)]
            rows[:, column] = np.copysign(value, rows[:, column])
            rows = rows[: n - sum(map(len, kept)) + n // 2]
            made = render_images(rows, self.recipe)
            good = np.ones(len(rows), bool)
            if self.recipe.refusals:
                good = (made.visited >= self.recipe.minimum) & (made.cycle == 0)
            kept.append(made.levels[good])
            params.append(rows[good])
            if sum(map(len, kept)) >= n:
                return np.concatenate(kept)[:n], np.concatenate(params)[:n]
        return None


def family_of(images: "ImageSet") -> Family | None:
    """The family that a data set file was drawn from; None for other data, and where its rows
    were given or its images resized."""
    from fractaldream import BadInput as Refused
    from fractaldream import open as open_dataset

    if images.param_names != PARAMS:
        return None
    try:
        with open_dataset(images.name) as file:
            recipe = file.recipe
    except Refused:
        return None
    if recipe.law == "params" or recipe.size != images.size:
        return None
    return Family(recipe)


def coloured(images: "ImageSet", levels: np.ndarray) -> np.ndarray:
    """Levels uint8 (N, S, S) as images (N, C, S, S) in [0, 1], coloured as the data set's are."""
    import torch

    data = replace(images.data, images=torch.from_numpy(levels)[:, None])
    if data.palette is None and images.channels == 3:
        data = replace(data, images=data.images.expand(-1, 3, -1, -1))
    out: np.ndarray = data.batch(torch.arange(len(levels)), (0.0, 1.0)).numpy()
    return out
