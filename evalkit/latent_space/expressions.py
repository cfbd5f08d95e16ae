"""Sums of places in latent space, such as 0 + 4 - 7, decoded, named and compared with the data."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.networks.classifier import Classifier
from evalkit.networks.features import pixels
from evalkit.statistics.nearest_neighbours import Nearest, nearest

from .places import Anchor, resolve

TERM = re.compile(r"(?:(\d+(?:\.\d+)?)\*)?(\S+)")


@dataclass(frozen=True)
class Term:
    """factor times the place called `name`."""

    factor: float
    name: str


@dataclass(frozen=True)
class Sum:
    """z: (L,), the sum. image: float32 (C, S, S), decoded. terms: each decoded on its own.

    found: the k nearest training images, rows of the data, distances as root mean squares of their
    pixels' area means. names, certainties: the classifier's answers for the terms, then the sum.
    """

    model: str
    expression: str
    parts: list[Term]
    anchors: list[Anchor]
    z: np.ndarray
    image: np.ndarray
    terms: np.ndarray
    found: Nearest
    found_labels: list[str] | None
    names: list[str] | None
    certainties: list[float] | None
    usual: tuple[float, float]  # 5% and 95% quantiles of the norm of N(0, I)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "model": self.model,
            "expression": self.expression,
            "latent": self.z,
            "norm": float(np.linalg.norm(self.z)),
            "usual_norms": list(self.usual),
            "terms": [
                {
                    "factor": part.factor,
                    "name": part.name,
                    "norm": float(np.linalg.norm(anchor.z)),
                    "classifier": self.names[i] if self.names else None,
                    "certainty": self.certainties[i] if self.certainties else None,
                }
                for i, (part, anchor) in enumerate(zip(self.parts, self.anchors, strict=True))
            ],
            "classifier": self.names[-1] if self.names else None,
            "certainty": self.certainties[-1] if self.certainties else None,
            "nearest": {
                "rows": self.found.rows[0],
                "distances": self.found.distances[0],
                "labels": self.found_labels,
            },
        }


def parse(expression: str) -> list[Term]:
    """The terms of a sum: places with + or - between, spaces around; 0.5*PLACE. Raises BadInput."""
    wrong = BadInput(f"{expression!r}: write places with + or - and spaces between, 0 + 4 - 7")
    words = expression.split()
    if words and words[0] not in "+-":
        words = ["+", *words]
    if not words or len(words) % 2:
        raise wrong
    terms = []
    for sign, word in zip(words[::2], words[1::2], strict=True):
        found = TERM.fullmatch(word)
        if sign not in ("+", "-") or word in ("+", "-") or found is None:
            raise wrong
        factor = float(found[1] or 1)
        terms.append(Term(-factor if sign == "-" else factor, found[2]))
    return terms


def arithmetic(
    model: LatentModel,
    expression: str,
    data: Callable[[], ImageSet],
    rng: np.random.Generator,
    *,
    label: str | None = None,
    k: int = 8,
    classifier: Classifier | None = None,
) -> Sum:
    """Add and subtract class means or images (see `anchors`). Raises BadInput.

    label: what conditional kinds decode the sum with; default that of the first term.
    """
    from scipy.stats import chi

    parts = parse(expression)
    anchors = resolve(tuple(part.name for part in parts), model, data, rng, label=label)
    z = np.sum([part.factor * anchor.z for part, anchor in zip(parts, anchors, strict=True)], 0)
    every = np.stack([*(anchor.z for anchor in anchors), z])
    told = None
    if model.conditional:
        told = np.array([*(anchor.label for anchor in anchors), anchors[0].label])
    images = model.decode(every, told)
    learnt = data()
    features = pixels(model.size, model.channels)
    bank = features.of_rows(learnt, learnt.train)
    found = nearest(features.of(images[-1:]), bank, min(k, len(bank)))
    rows = learnt.train[found.rows]
    names = certainties = None
    if classifier is not None:
        told_names = classifier.probabilities(images)
        names = [classifier.labels[i] for i in told_names.argmax(1)]
        certainties = [float(p) for p in told_names.max(1)]
    labels = learnt.labels
    return Sum(
        model=model.name,
        expression=expression,
        parts=parts,
        anchors=anchors,
        z=z,
        image=images[-1],
        terms=images[:-1],
        found=Nearest(rows, found.distances),
        found_labels=None if labels is None else [learnt.classes[i] for i in labels[rows[0]]],
        names=names,
        certainties=certainties,
        usual=(float(chi.ppf(0.05, model.latent)), float(chi.ppf(0.95, model.latent))),
    )


def table(result: Sum) -> str:
    """The result in words."""
    low, high = result.usual
    lines = [f"{result.model}: {result.expression}"]
    if result.names is not None and result.certainties is not None:
        lines.append(f"  the classifier says  {result.names[-1]} ({result.certainties[-1]:.1%})")
    lines.append(
        f"  norm of the latent   {np.linalg.norm(result.z):.2f} (nine in ten draws of N(0, I) lie "
        f"from {low:.2f} to {high:.2f})"
    )
    lines.append("  nearest learnt images")
    for i, (row, distance) in enumerate(
        zip(result.found.rows[0], result.found.distances[0], strict=True)
    ):
        label = f"  {result.found_labels[i]}" if result.found_labels else ""
        lines.append(f"    row:{row:<8} {distance:.4f}{label}")
    return "\n".join(lines)


def picture(result: Sum, data: ImageSet) -> np.ndarray:
    """The terms and the sum, and below them the nearest training images: uint8 (H, W, 3)."""
    from evalkit.support.pictures import sheet

    signs = ["-" if part.factor < 0 else "+" if i else "" for i, part in enumerate(result.parts)]
    said = [
        f"{sign} {'' if abs(p.factor) == 1 else f'{abs(p.factor):g} * '}{p.name[:16]}".strip()
        for sign, p in zip(signs, result.parts, strict=True)
    ]
    named = "= ?"
    if result.names is not None and result.certainties is not None:
        named = f"= {result.names[-1]} ({result.certainties[-1]:.0%})"
    near = [
        f"{d:.3f}" + (f"  {result.found_labels[i]}" if result.found_labels else "")
        for i, d in enumerate(result.found.distances[0])
    ]
    rows = [[*result.terms, result.image], [*data.images(result.found.rows[0])]]
    return sheet(rows, [[*said, named], near], breaks=())
