"""How good and how varied what a generator makes is, against images it never saw."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from evalkit.errors import BadInput
from evalkit.inputs.provenance import not_learnt

from .classes import Modes, modes, spread
from .curves import Verdicts, rows_of, verdicts
from .distances import Distance, Space, classifier_space, distance, own_space
from .inception import Inception, check_weights, inception

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet
    from evalkit.inputs.model import LatentModel
    from evalkit.networks.classifier import Classifier

FEWEST = 50
CHUNK = 2**23  # pixels in memory at once, as floats
SMALL = 32  # pixels that diversity is measured at, at most


@dataclass(frozen=True)
class Discrimination:
    """Mean D(x) of the checkpoint's own discriminator, 512 images each. Learnt by heart: training
    well above held_out."""

    training: float
    held_out: float
    generated: float


@dataclass(frozen=True)
class Quality:
    """All figures of one generator. distances: by space, on features of our own, not FID.

    diversity: mean distance between two generated images over that of two real ones.
    """

    generator: str
    kind: str
    data: str
    real: str  # what it was compared with
    images: int  # of each
    seed: int
    distances: dict[str, Distance]
    diversity: float
    real_diversity: float  # of training images, over that of the real ones
    modes: Modes | None
    discrimination: Discrimination | None
    verdicts: Verdicts | None
    inception: Inception | None
    notes: tuple[str, ...] = ()


@dataclass
class _Seen:
    """What is kept of one set of images as it goes by."""

    spaces: dict[str, Space]
    classifier: "Classifier | None"
    whole: bool  # keep them as bytes, for Inception
    features: dict[str, list[np.ndarray]] = field(default_factory=dict)
    probabilities: list[np.ndarray] = field(default_factory=list)
    small: list[np.ndarray] = field(default_factory=list)
    bytes: list[np.ndarray] = field(default_factory=list)

    def look(self, parts: Iterator[np.ndarray], n: int, what: str, progress: bool) -> "_Seen":
        bar = tqdm(total=n, desc=what, unit="image", disable=not progress, leave=False)
        for images in parts:
            for name, space in self.spaces.items():
                self.features.setdefault(name, []).append(space.of(images))
            if self.classifier is not None:
                self.probabilities.append(self.classifier.probabilities(images))
            self.small.append(shrunk(images))
            if self.whole:
                self.bytes.append((images * 255).round().astype(np.uint8))
            bar.update(len(images))
        bar.close()
        return self


def shrunk(images: np.ndarray) -> np.ndarray:
    """Images (N, C, S, S) at most 32 px wide, flat, float32 (N, F)."""
    import torch
    import torch.nn.functional as F

    if images.shape[-1] > SMALL:
        x = torch.from_numpy(np.ascontiguousarray(images))
        images = F.interpolate(x, (SMALL, SMALL), mode="bilinear", antialias=True).numpy()
    return images.reshape(len(images), -1)


def _pieces(n: int, size: int) -> list[slice]:
    step = max(1, min(512, CHUNK // size**2))
    return [slice(start, min(n, start + step)) for start in range(0, n, step)]


def quality(
    model: "LatentModel",
    images: "ImageSet",
    *,
    n: int = 2000,
    classifier: "Classifier | None" = None,
    classifier_name: str = "the classifier",
    space: Space | None = None,
    weights: str | Path | None = None,
    download: bool = False,
    seed: int = 0,
    progress: bool = False,
) -> Quality:
    """Figures of n images of the generator against n real images that it never saw.

    Real: fresh draws where a Fractal Dream file can make them, else held-out images (n is lowered
    to how many there are); beside each figure stands what as many training images score. space:
    default an autoencoder's codes, see `distances.own_space`. Labels of conditional kinds come in
    turn. Raises BadInput.
    """
    from evalkit.family.fresh_images import family_of

    check_weights(weights, download)
    if (images.size, images.channels) != (model.size, model.channels):
        raise BadInput(
            f"{images.name}: {images.channels} x {images.size} px, {model.name} makes "
            f"{model.channels} x {model.size} px; give the data that it learnt from"
        )
    family = None if model.conditional else family_of(images)
    held = images.held_out
    if family is None and len(held) < n:
        n = len(held)
    notes = [not_learnt(images.name, model.name)] if images.learnt is False else []
    if len(images.train) < n:
        n = len(images.train)
    if n < FEWEST:
        raise BadInput(f"{n} images: quality needs {FEWEST} held-out and training images or more")
    rng = np.random.default_rng(seed)
    own = own_space(images, device=model.device) if space is None else space
    spaces = {own.name: own}
    if classifier is not None:
        spaces["classifier"] = classifier_space(classifier, classifier_name)
    whole = weights is not None or download

    train_rows = rng.choice(images.train, n, replace=False)
    held_rows = rng.permutation(held)[:n]
    asked = model.turns(n)

    def real() -> Iterator[np.ndarray]:
        if family is None:
            for at in _pieces(n, images.size):
                yield images.images(held_rows[at])
        else:
            for levels, _ in family.fresh(n):
                yield family.images(levels)

    def training() -> Iterator[np.ndarray]:
        for at in _pieces(n, images.size):
            yield images.images(train_rows[at])

    def generated() -> Iterator[np.ndarray]:
        for at in _pieces(n, model.size):
            labels = None if asked is None else asked[at]
            yield model.sample(at.stop - at.start, rng, labels)

    one = _Seen(spaces, classifier, whole).look(real(), n, "real images", progress)
    two = _Seen(spaces, classifier, whole).look(generated(), n, "generated images", progress)
    three = _Seen(spaces, None, False).look(training(), n, "training images", progress)
    distances = {
        name: distance(
            spaces[name], real=np.concatenate(one.features[name]),
            generated=np.concatenate(two.features[name]),
            training=np.concatenate(three.features[name]), rng=rng,
        )
        for name in spaces
    }  # fmt: skip
    small, made, learnt = (np.concatenate(seen.small) for seen in (one, two, three))
    scale = spread(small)
    assert scale is not None
    found = None
    if classifier is not None:
        found = modes(
            classifier.labels, classifier_name, real=np.concatenate(one.probabilities),
            generated=np.concatenate(two.probabilities), real_images=small, generated_images=made,
            asked=_as_named(asked, model.labels, classifier.labels),
        )  # fmt: skip
    else:
        notes.append("no figures by class: give --classifier FILE")
    rows = rows_of(model.name) if model.network is not None else []
    chosen = model.network.metrics.get("epoch") if model.network is not None else None
    curves = verdicts(rows, int(chosen) if chosen is not None else None)
    if model.network is not None and model.network.discriminator is None:
        notes.append(f"{model.kind} has no discriminator on images")
    elif model.network is not None and curves is None:
        notes.append("no metrics.jsonl beside the checkpoint: no curves of D")
    inner = None
    if whole:
        inner = inception(
            real=np.concatenate(one.bytes), generated=np.concatenate(two.bytes), weights=weights,
            download=download, device=model.device,
        )  # fmt: skip
    else:
        notes.append("no FID, KID and Inception score: give --weights FILE, or --download")
    return Quality(
        generator=model.name, kind=model.kind, data=images.name,
        real="held out" if family is None else "fresh", images=n, seed=seed, distances=distances,
        diversity=(spread(made) or 0.0) / scale, real_diversity=(spread(learnt) or 0.0) / scale,
        modes=found, discrimination=_discriminate(model, images, rng), verdicts=curves,
        inception=inner, notes=tuple(notes),
    )  # fmt: skip


def _as_named(
    asked: np.ndarray | None, own: tuple[str, ...], classifier: tuple[str, ...]
) -> np.ndarray | None:
    """Rows of the model's labels as rows of the classifier's; None where the names differ."""
    if asked is None or not set(own) <= set(classifier):
        return None
    return np.array([classifier.index(label) for label in own])[asked]


def _discriminate(
    model: "LatentModel", images: "ImageSet", rng: np.random.Generator
) -> Discrimination | None:
    """Mean D of training, held-out and generated images; None for kinds without one."""
    if model.network is None or model.network.discriminator is None:
        return None
    count = max(8, min(512, CHUNK // images.size**2))

    def of(rows: np.ndarray) -> float:
        rows = rng.permutation(rows)[:count]
        labels = images.labels[rows] if model.conditional and images.labels is not None else None
        return float(model.discriminate(images.images(rows), labels).mean())

    if model.conditional and images.labels is None:
        return None
    told = model.turns(count)
    made = model.sample(count, rng, told)
    return Discrimination(
        of(images.train), of(images.held_out), float(model.discriminate(made, told).mean())
    )
