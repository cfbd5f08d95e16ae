"""Everything that the page shows, computed before it opens."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.latent_space.places import labels_of
from evalkit.latent_space.plane import need_two
from evalkit.networks.classifier import Classifier

from .decoder import live, prepared
from .plane_view import (
    Decoded,
    Name,
    Plane,
    anchors_plane,
    axes_plane,
    decode_plane,
    numbers,
    principal_plane,
    visible_plane,
)
from .projection_view import Points, data_points, sample_points
from .true_attractor import Family, family_of

FAR = 500  # points among which three far ones are looked for


@dataclass(frozen=True)
class Settings:
    """What can be asked of the page. n: cells along a side of a plane; points: on the map."""

    n: int = 40
    points: int = 1000
    projection: str = "pca"
    mapping: str = "standard"
    label: str | None = None  # that a conditional model is told at first
    seed: int = 0


@dataclass
class Content:
    """A model with what is known of its latent space.

    quick: the model for one image at a time, and `numbers` it computes in. planes grows as they
    are asked for; their keys are (spec, label).
    """

    model: LatentModel
    quick: LatentModel
    numbers: str
    settings: Settings
    data: ImageSet | None
    classifier: Classifier | None
    points: Points
    family: Family | None
    planes: dict[tuple[str, int], Decoded] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the classes that the classifier knows; none without one."""
        return self.classifier.labels if self.classifier is not None else ()

    @property
    def name(self) -> Name | None:
        """Images to the chances of each class; None without a classifier."""
        return self.classifier.probabilities if self.classifier is not None else None

    def plane(self, spec: str) -> Plane:
        """The plane that a spec asks for: axes:0,1, pc, anchors:3,17,20. Raises BadInput."""
        need_two(self.model)
        kind = spec.partition(":")[0]
        if kind == "axes":
            return axes_plane(self.model.latent, *numbers(spec, 2))
        if spec == "pc":
            codes = self.points.codes
            if self.data is not None and codes is not None:
                return principal_plane(codes)
            rng = np.random.default_rng([self.settings.seed, 1])
            return visible_plane(self.decode(0), self.model.latent, rng)
        if kind == "anchors":
            rows = numbers(spec, 3)
            return anchors_plane(self.codes(rows).astype(float), [str(row) for row in rows])
        raise BadInput(f"plane {spec!r}: write axes:0,1, pc or anchors:3,17,20")

    def codes(self, rows: list[int]) -> np.ndarray:
        """(len(rows), L) of any rows of the data, or of samples that are shown. Raises BadInput."""
        codes = self.points.codes
        if codes is None:
            self.model.need_encoder("a plane through three images")
        assert codes is not None
        if self.data is None:
            return codes[[self.points.of(row) for row in rows]]
        for row in rows:
            if not 0 <= row < len(self.data):
                raise BadInput(f"row {row}: {self.data.name} has rows 0 to {len(self.data) - 1}")
        asked = np.array(rows)
        own = labels_of(self.model, self.data, asked)
        return self.model.encode(self.data.images(asked), own)

    def decode(self, label: int):  # type: ignore[no-untyped-def]
        """z (N, L) -> images, of a label where the model is conditional."""

        def decode(z: np.ndarray) -> np.ndarray:
            told = np.full(len(z), label) if self.model.conditional else None
            return self.model.decode(z, told)

        return decode

    def ask(self, spec: str, label: int = 0, *, batch: int | None = None):  # type: ignore[no-untyped-def]
        """Decode a plane, or take it from those there are: yields how many cells are done, then
        the Decoded. Raises BadInput."""
        label = label if self.model.conditional else 0
        key = (spec, label)
        if key not in self.planes:
            plane = self.plane(spec)
            n = self.settings.n
            for step in decode_plane(
                plane, n, self.decode(label), self.name, batch or self.model.batch
            ):
                if isinstance(step, Decoded):
                    self.planes[key] = step
                else:
                    yield step
        yield self.planes[key]

    def far_apart(self) -> str:
        """The spec of a plane through three points far apart: a first choice of anchors."""
        codes = self.points.codes
        assert codes is not None
        codes = codes[:FAR].astype(float)
        start = int(np.linalg.norm(codes - codes.mean(0), axis=1).argmax())
        chosen = [start]
        for _ in range(2):
            nearest = np.min([np.linalg.norm(codes - codes[k], axis=1) for k in chosen], axis=0)
            chosen.append(int(nearest.argmax()))
        return "anchors:" + ",".join(str(self.points.rows[k]) for k in chosen)


def check(settings: Settings) -> None:
    """Raise BadInput for settings that no page can have."""
    if not 2 <= settings.n <= 100:
        raise BadInput(f"--grid {settings.n}: give 2 to 100")
    if not 3 <= settings.points <= 20_000:
        raise BadInput(f"--points {settings.points}: give 3 to 20,000")


def prepare(
    model: LatentModel,
    data: ImageSet | None,
    classifier: Classifier | None,
    settings: Settings,
    specs: Sequence[str] = (),
    *,
    progress: bool = False,
) -> Content:
    """Place the points and decode the planes. specs: of planes; default those of `first_specs`.

    Raises BadInput.
    """
    check(settings)
    model = prepared(model)
    quick, kind = live(model)
    rng = np.random.default_rng(settings.seed)
    name = classifier.probabilities if classifier is not None else None
    if data is not None:
        points = data_points(
            model, data, settings.points, settings.projection, rng, settings.seed, progress=progress
        )
        if name is not None and (points.labels < 0).all():
            images = points.originals.transpose(0, 3, 1, 2).astype(np.float32) / 255
            assert classifier is not None
            points = replace(points, labels=name(images).argmax(1), names=classifier.labels)
    else:
        names = classifier.labels if classifier is not None else ()
        points = sample_points(
            model,
            name,
            names,
            settings.points,
            settings.projection,
            rng,
            settings.seed,
            progress=progress,
        )
    family = None if data is None else family_of(data, quick, settings.mapping)
    if family is not None:
        family.beside(np.zeros(6))  # so that the first slider does not wait for the compiler
    content = Content(model, quick, kind, settings, data, classifier, points, family)
    label = model.label(settings.label) if settings.label is not None else 0
    from tqdm import tqdm

    for spec in specs or first_specs(content):
        total = settings.n**2
        bar = tqdm(total=total, desc=f"plane {spec}", unit="image", disable=not progress)
        with bar:
            for step in content.ask(spec, label):
                bar.update((total if isinstance(step, Decoded) else step) - bar.n)
    return content


def first_specs(content: Content) -> list[str]:
    """Of planes that a page shows unless others are asked for; none where L is 1."""
    if content.model.latent == 1:
        return []
    if content.model.latent == 2:
        return ["axes:0,1"]
    found = ["pc", "axes:0,1"]
    if content.data is not None and content.points.codes is not None:
        found.append(content.far_apart())
    return found
