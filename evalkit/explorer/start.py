"""The first position of the sliders: a row of the data or a sample that shows something."""

from dataclasses import dataclass

import numpy as np

from evalkit.inputs.model import LatentModel

from .attractor_pair import TrueAttractor
from .map_points import MapPoints

REACH = 3.0  # sliders run from -REACH to REACH at least
SHARE = 0.4  # of the pixels: many, and a shape can still be told from noise
CANDIDATES = 16  # of the data, those that draw nearest to SHARE
DRAWS = 64  # of the prior, where no row of the data can be chosen
FAINT = 25  # levels of 255: pixels nearer to the image's median are taken as background
FIRST_DRAW = "the first draw"  # from the prior, where no row of the data can be chosen
LATENTS = 8  # sliders at most, of models that are no Fractal Dream


@dataclass(frozen=True)
class Start:
    """The point at which the sliders open, and around which they move.

    Attributes
    ----------
    at
        Standardised parameters v (6,), or latents (L,); those with a slider have two decimals.
    description
        Name of the place, such as "row 17".
    label
        Class that a conditional model decodes, a row of its labels; 0 of others.
    reach
        Sliders run from -reach to reach.
    """

    at: np.ndarray
    description: str
    label: int = 0
    reach: float = REACH


def start_of_parameters(
    attractor: TrueAttractor, points: MapPoints, rng: np.random.Generator
) -> Start:
    """Return the row of the data whose attractor draws nearest to SHARE of the pixels.

    Attractors differ between nearby parameters, so what counts is the drawing at the two decimals
    that sliders have. Where parameters have no v, or all lie beyond the sliders, draws from
    N(0, I) take the place of the rows.
    """
    wanted = SHARE * attractor.renderer.recipe.size**2
    v = None if points.params is None else attractor.standardised(points.params)
    rows = np.array([], int)
    if v is not None:
        inside = np.flatnonzero((np.abs(v) <= REACH).all(1))
        off = np.abs(attractor.drawn_pixels(points.originals[inside]) - wanted)
        rows = inside[np.argsort(off, kind="stable")[:CANDIDATES]]
    if v is None or not len(rows):
        places = np.clip(rng.standard_normal((DRAWS, 6)), -REACH, REACH).round(2)
        names = [FIRST_DRAW] * DRAWS
    else:
        places = v[rows].round(2)
        names = [f"row {points.rows[row]}" for row in rows]
    drawn = (attractor.renderer.levels(places) > 0).sum((1, 2))
    best = int(np.abs(drawn - wanted).argmin())
    return Start(places[best] + 0.0, names[best])


def start_of_latents(model: LatentModel, points: MapPoints, rng: np.random.Generator) -> Start:
    """Return the point whose image, as the model decodes it, has the most pixels off its median.

    It is a draw from the prior where the data have no codes.
    """
    labels = points.code_labels
    if points.codes is None:
        z, labels, rows = model.draw(DRAWS, rng), model.turns(DRAWS), None
        images = np.round(model.decode(z, labels) * 255).transpose(0, 2, 3, 1)
    else:
        z, rows = points.codes, points.rows
        images = points.originals if points.reconstructions is None else points.reconstructions
    codes = z.astype(float)
    reach = float(max(REACH, np.ceil(np.abs(codes[:, :LATENTS]).max())))
    best = int(_structured_pixels(images).argmax())
    at = codes[best].copy()
    at[:LATENTS] = at[:LATENTS].round(2)
    description = FIRST_DRAW if rows is None else f"{points.item} {rows[best]}"
    return Start(at + 0.0, description, 0 if labels is None else int(labels[best]), reach)


def _structured_pixels(images: np.ndarray) -> np.ndarray:
    """Return how many pixels of images (N, S, S, C) differ from the image's median colour."""
    counts = np.empty(len(images), int)
    for k, image in enumerate(images.astype(float)):
        middle = np.median(image, axis=(0, 1))
        counts[k] = (np.abs(image - middle).max(2) > FAINT).sum()
    return counts
