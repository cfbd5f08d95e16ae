"""The Fractal Dream map FD, from standardised parameters to images, at a data set's settings."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
from scipy.special import ndtr

from evalkit.inputs.pixels import SIDE, shrink
from fractaldream.numerics.compiled import njit
from fractaldream.recipe import PARAM_NAMES, Recipe
from fractaldream_base.errors import BadInput

from .law_units import CONSTANT, LAW_UNITS, units_of
from .symmetry import OPERATIONS, Operation, permutation

EVEN = 0.1  # of a scale: nearer to the middle than this is taken as there
MAPS = ("standard", "2019", "fdd")


@dataclass(frozen=True)
class Renderer:
    """FD(v): images of the parameters that standardised v (N, 6) stands for.

    Attributes
    ----------
    recipe
        Its iterations, skip, size, view and tone are used.
    mean, scale
        What v is standardised by, see `evalkit.family.law_units`.
    mapping
        How v becomes parameters: ``standard``, mean + scale v; ``2019``, x0, y0 = v and
        a to d = 3 v; ``fdd``, a map that turns N(0, I) into the law `fdd` before refusals, see
        `parameters`.
    palette
        uint8 (256, 3), or None for the levels themselves as grey.
    threads
        Threads that render; None for all processors.
    """

    recipe: Recipe
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    mapping: str = "standard"
    palette: np.ndarray | None = field(default=None, compare=False)
    threads: int | None = None

    def parameters(self, v: np.ndarray) -> np.ndarray:
        """Return the parameters x0, y0, a, b, c, d (N, 6) of v (N, 6).

        fdd: with U = 2 Phi(v) - 1 and u = Phi(v), x0 = U(v0), y0 = sign(x0) u(v1), a = 3 U(v2)
        and b, c, d = 3 sign(a) u(v3), u(v4), u(v5).
        """
        v = np.asarray(v, float)
        if self.mapping == "standard":
            result: np.ndarray = np.array(self.mean) + np.array(self.scale) * v
            return result
        if self.mapping == "2019":
            result = v * np.array([1.0, 1, 3, 3, 3, 3])
            return result
        u = ndtr(v)
        out = np.empty_like(v)
        for first, others, reach in ((0, (1,), 1.0), (2, (3, 4, 5), 3.0)):
            out[:, first] = reach * (2 * u[:, first] - 1)
            sign = np.where(out[:, first] < 0, -1.0, 1.0)
            for other in others:
                out[:, other] = reach * sign * u[:, other]
        return out

    def levels(self, v: np.ndarray) -> np.ndarray:
        """Render the levels of v (N, 6): uint8 (N, size, size), 0 = never visited."""
        from fractaldream import render_images

        return render_images(self.parameters(v), self.recipe, threads=self.threads).levels

    def behind(self, v: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Return the v (N, 6) that one of the `symmetries` turns v into.

        It is v @ matrix, but for what the mean is off the middle.
        """
        if self.mapping != "standard":
            out: np.ndarray = v @ matrix
            return out
        out = (self.parameters(v) @ matrix - np.array(self.mean)) / np.array(self.scale)
        return out

    def symmetries(self) -> list[tuple[Operation, np.ndarray]]:
        """Return the symmetries of the map that keep N(0, I) as well.

        All eight where the parameters spread evenly about 0, else only the identity; through
        the map fdd, which ties signs together, the half turn.

        Returns
        -------
        list
            Operations on the square and signed permutations P (6, 6), with FD(v @ P) the image of
            v after the operation. The first changes nothing.
        """
        if self.mapping == "fdd":
            return [
                (OPERATIONS[0], np.eye(6)),
                ((False, True, True), np.diag([-1.0, 1, 1, 1, 1, 1])),
            ]
        mean, scale = np.array(self.mean), np.array(self.scale)
        pairs = scale.reshape(3, 2)
        even = np.abs(mean / scale).max() < EVEN and (pairs.max(1) / pairs.min(1)).max() < 1 + EVEN
        if self.mapping == "standard" and not even:
            return [(OPERATIONS[0], np.eye(6))]
        return [(operation, permutation(operation)) for operation in OPERATIONS]

    @property
    def channels(self) -> int:
        """Number of colour channels of the images, 1 or 3."""
        return 1 if self.palette is None else 3

    def colours(self, levels: np.ndarray) -> np.ndarray:
        """Return levels in colour, uint8 (N, H, W, C), as the models see them."""
        return levels[..., None] if self.palette is None else self.palette[levels]

    def shrunk(self, levels: np.ndarray) -> np.ndarray:
        """Return levels, uint8 (N, H, W), as float32 (N, C, 32, 32) in [0, 1], in colour."""
        colours = np.arange(256)[:, None] if self.palette is None else self.palette
        if levels.shape[1] % SIDE == 0 and levels.shape[1] < 90 * SIDE:
            return block_means(levels, colours)
        tables = (colours.T / 255).astype(np.float32)
        parts = [
            np.concatenate([shrink(table[part][:, None]) for table in tables], 1)
            for part in _pieces(levels, 256)
        ]
        return np.concatenate(parts or [np.empty((0, self.channels, SIDE, SIDE), np.float32)])

    def small(self, v: np.ndarray) -> np.ndarray:
        """Render v (N, 6) and shrink the images: float32 (N, C, 32, 32) in [0, 1]."""
        parts = [self.shrunk(self.levels(part)) for part in _pieces(v, 4096)]
        return np.concatenate(parts or [self.shrunk(np.empty((0, 2, 2), np.uint8))])

    @property
    def key(self) -> str:
        """Hash of all that decides what images look like: the settings, the map and the colours."""
        recipe = {
            name: value
            for name, value in asdict(self.recipe).items()
            if name in ("iterations", "skip", "size", "view", "tone")
        }
        colours = None if self.palette is None else self.palette.tobytes().hex()
        place = [np.round(self.mean, 3).tolist(), np.round(self.scale, 3).tolist()]
        text = json.dumps([recipe, self.mapping, place if self.mapping == "standard" else 0])
        return hashlib.sha256((text + str(colours)).encode()).hexdigest()[:16]


def block_means(levels: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Return means over blocks of coloured levels, float32 (N, C, 32, 32) in [0, 1].

    levels: uint8 (N, H, H), 32 a divisor of H. colours: uint8 (256, C).
    """
    block, channels = levels.shape[1] // SIDE, colours.shape[1]
    # all colours of a pixel are added at once, each in bits of its own
    shifts = FIELD * np.arange(channels)
    sums = _block_sums(np.ascontiguousarray(levels), (colours.astype(np.int64) << shifts).sum(1))
    fields = (sums[:, None] >> shifts[:, None, None]) & ((1 << FIELD) - 1)
    out: np.ndarray = np.divide(fields, 255 * block**2, dtype=np.float32)
    return out


FIELD = 21  # bits: sums of 90 x 90 pixels, three to a word


@njit(nogil=True, cache=True)
def _block_sums(levels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return sums of values (256,) of levels uint8 (N, H, H) over blocks, int64 (N, 32, 32)."""
    block = levels.shape[1] // SIDE
    out = np.zeros((len(levels), SIDE, SIDE), np.int64)
    for k in range(len(levels)):
        for y in range(SIDE * block):
            for column in range(SIDE):
                for x in range(column * block, (column + 1) * block):
                    out[k, y // block, column] += values[levels[k, y, x]]
    return out


def _pieces(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def renderer_of(
    data: str | Path | Recipe | None,
    *,
    mapping: str,
    size: int,
    palette: str | None,
    constant: bool = False,
) -> Renderer:
    """Return FD at the settings of a data set file.

    Parameters
    ----------
    data
        A data set file, whose law gives mean and scale, or its training rows where parameters
        were given; the recipe of one, drawn by a law; None for the law `normal` at the renderer's
        own settings.
    mapping
        One of `MAPS`.
    size
        Width of the images in pixels, which the file's must equal.
    palette
        Name of the palette of the images; None for grey levels.
    constant
        Allow parameters that do not vary in the file; their scale is 1.

    Raises
    ------
    BadInput
        For another map, images of another size, parameters that do not vary, and a recipe that
        does not say by which law they were drawn.
    """
    from fractaldream import open as open_dataset
    from fractaldream.datasets.palettes import palette as palette_of

    if mapping not in MAPS:
        raise BadInput(f"map {mapping!r}: give one of {', '.join(MAPS)}")
    if data is None or isinstance(data, Recipe):
        recipe = replace(data or Recipe(law="normal", size=size), refusals=False)
        if recipe.law not in LAW_UNITS or recipe.size != size:
            raise BadInput(
                f"a recipe of law {recipe.law} at {recipe.size} px, images of {size} px; give "
                "--data FILE"
            )
        _check_varying(f"a recipe of law {recipe.law}", CONSTANT.get(recipe.law, ()), constant)
        table = None if palette is None else palette_of(palette)
        return Renderer(recipe, *LAW_UNITS[recipe.law], mapping, table)
    with open_dataset(data) as file:
        recipe = replace(file.recipe, refusals=False)
        if recipe.size != size:
            raise BadInput(
                f"{data}: images of {recipe.size} px, but the generator makes {size} px; give "
                "the data set that it was trained on (models of resize=true cannot be asked)"
            )
        rows = file.params[file.split == 0] if (file.split == 0).any() else file.params
        table = None if palette is None else file.palette(palette)
    fixed = np.flatnonzero(rows.min(0) == rows.max(0))
    _check_varying(str(data), [PARAM_NAMES[place] for place in fixed], constant)
    return Renderer(recipe, *units_of(recipe.law, rows), mapping, table)


def _check_varying(source: str, fixed: Sequence[str], constant: bool) -> None:
    """Raise BadInput where parameters are fixed and may not be."""
    if fixed and not constant:
        raise BadInput(
            f"{source}: {', '.join(fixed)} {'do' if len(fixed) > 1 else 'does'} not vary in it, so "
            "that no latent can stand for them; ask a model that learnt from data in which all six "
            "vary (fractaldream render --law normal)"
        )
