"""Points of a latent space to be mapped: encoded images, or samples that a classifier names."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.networks.classifier import Classifier
from fractaldream_base.errors import BadInput

from .places import labels_of, prior_name

BATCH = 512  # images read at once


@dataclass(frozen=True)
class Points:
    """Latents and what they are coloured by: classes, or a number.

    z are the latents (N, L). colour names what values (N,) are: rows of `classes`, int, or numbers,
    float, where there are no classes. rows are those of the data, None where the points are
    samples. description says in words what the points are.
    """

    z: np.ndarray
    colour: str
    classes: tuple[str, ...]
    values: np.ndarray
    rows: np.ndarray | None
    description: str


def encoded_points(
    model: LatentModel,
    data: ImageSet,
    n: int,
    rng: np.random.Generator,
    *,
    colour: str | None = None,
    magnitude: bool = False,
    progress: bool = False,
) -> Points:
    """Encode n images of the data, drawn at random.

    Parameters
    ----------
    model
        A model with an encoder.
    data
        Images, of which training and held-out rows are drawn alike.
    n
        Number of images, at most.
    rng
        Draws the rows.
    colour
        ``label``, or the name of a parameter. Default: the label, else the parameter ``a``, else
        the first.
    magnitude
        Take the parameter's absolute value (its sign does not show in the images).
    progress
        Show progress on stderr.

    Raises
    ------
    BadInput
        If the model has no encoder, or the data have no such label or parameter.
    """
    model.need_encoder("a map of encoded data")
    rows = np.sort(rng.permutation(len(data))[:n])
    if colour is None:
        columns = () if data.labels is not None else data.param_names
        colour = "a" if "a" in columns else (*columns, "label")[0]
    classes: tuple[str, ...] = ()
    if colour == "label":
        if data.labels is None:
            raise BadInput(f"{data.name}: no labels to colour by; give --colour PARAMETER")
        classes, values = data.classes, data.labels[rows]
    else:
        values = _parameter(data, colour)[rows]
        if magnitude:
            colour, values = f"|{colour}|", np.abs(values)
    codes = [
        model.encode(data.images(part), labels_of(model, data, part))
        for part in _batches(rows, progress)
    ]
    description = f"{len(rows):,} encoded images of {data.name}"
    return Points(np.concatenate(codes), colour, classes, values, rows, description)


def _parameter(data: ImageSet, name: str) -> np.ndarray:
    if data.params is None or name not in data.param_names:
        there = ", ".join(("label",) * (data.labels is not None) + data.param_names)
        raise BadInput(f"{data.name}: no parameter {name!r}; there are {there or 'none'}")
    values: np.ndarray = data.params[:, data.param_names.index(name)]
    return values


def sampled_points(
    model: LatentModel,
    classifier: Classifier,
    n: int,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> Points:
    """Draw n latents from the prior, named by the classifier from what they decode to."""
    z = model.draw(n, rng)
    labels = model.turns(n)
    parts = [
        classifier.probabilities(model.decode(z[at], None if labels is None else labels[at]))
        for at in _batches(np.arange(n), progress)
    ]
    answers = np.concatenate(parts).argmax(1)
    description = f"{n:,} latents from {prior_name(model)}, named by the classifier"
    return Points(z, "classifier", classifier.labels, answers, None, description)


def _batches(rows: np.ndarray, progress: bool) -> Iterator[np.ndarray]:
    from fractaldream_base.progress import Bar

    starts = range(0, len(rows), BATCH)
    bar = Bar(starts, desc="points", unit="batch", disable=not progress)
    return (rows[start : start + BATCH] for start in bar)
