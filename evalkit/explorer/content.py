"""Everything that the page shows, computed before it opens."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.latent_space.places import Place, labels_of
from evalkit.latent_space.plane import (
    Plane,
    need_directions,
    need_two,
    plane_of_axes,
    plane_of_components,
    plane_of_image_components,
    plane_of_places,
)
from evalkit.networks.classifier import Classifier
from evalkit.support.docstrings import shared_parameters
from fractaldream_base.errors import BadInput

from .attractor_pair import TrueAttractor, true_attractor_of
from .decoded_plane import Classify, Decode, DecodedPlane, decode_plane
from .decoder import live, prepared
from .map_points import MapPoints, check_map, data_points, sample_points
from .options import ExploreOptions
from .start import Start, start_of_latents, start_of_parameters

KEPT = 256e6  # bytes of planes that pages asked for; older ones are decoded again when needed
FAR = 500  # points among which three far ones are looked for


@dataclass(frozen=True)
class Content:
    """A model with what is known of its latent space.

    quick is the model for one image at a time, and `numbers` what it computes in. start is where
    the sliders open. planes grows as they are asked for; its keys are (spec, label). encoded holds
    what pages are handed of them, so that all pages share it.
    """

    model: LatentModel
    quick: LatentModel
    numbers: str
    options: ExploreOptions
    data: ImageSet | None
    classifier: Classifier | None
    points: MapPoints
    attractor: TrueAttractor | None
    start: Start
    planes: dict[tuple[str, int], DecodedPlane] = field(default_factory=dict)
    encoded: dict[tuple[str, int], Any] = field(default_factory=dict)

    def __str__(self) -> str:
        planes = ", ".join(spec for spec, _ in self.planes) or "no plane"
        return f"{self.model.name}: {len(self.points.rows)} {self.points.description}; {planes}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes that the classifier knows; none without one."""
        return self.classifier.labels if self.classifier is not None else ()

    @property
    def classify(self) -> Classify | None:
        """Function from images to the chances of each class; None without a classifier."""
        return self.classifier.probabilities if self.classifier is not None else None

    def plane(self, spec: str) -> Plane:
        """Return the plane that a spec asks for. Raises BadInput."""
        need_two(self.model)
        kind = spec.partition(":")[0]
        if kind == "axes":
            first, second = numbers(spec, 2)
            return plane_of_axes(self.model, (first, second))
        if spec == "components":
            need_directions(self.model)
            codes = self.points.codes
            if self.data is not None and codes is not None:
                return plane_of_components(codes)
            rng = np.random.default_rng([self.options.seed, 1])
            return plane_of_image_components(self.model, self.decoder(0), rng)
        if kind == "places":
            rows = numbers(spec, 3)
            codes = self.codes(rows)
            places = [Place(f"row {row}", z) for row, z in zip(rows, codes, strict=True)]
            return plane_of_places(self.model, places)
        raise BadInput(f"plane {spec!r}: write axes:0,1, components or places:3,17,20")

    def codes(self, rows: list[int]) -> np.ndarray:
        """Return the codes (len(rows), L) of any rows of the data, or of samples shown.

        Raises BadInput.
        """
        codes = self.points.codes
        if codes is None:
            self.model.need_encoder("a plane through three images")
        assert codes is not None
        if self.data is None:
            return codes[[self.points.of(row) for row in rows]]
        for row in rows:
            if not 0 <= row < len(self.data):
                raise BadInput(f"row {row}: {self.data.name} has rows 0 to {len(self.data) - 1}")
        at = np.array(rows)
        return self.model.encode(self.data.images(at), labels_of(self.model, self.data, at))

    def decoder(self, label: int) -> Decode:
        """Return a function that decodes latents (N, L), of a class where the model has any."""

        def decode(z: np.ndarray) -> np.ndarray:
            return self.model.decode(z, self.labels(label, len(z)))

        return decode

    def labels(self, label: int, n: int) -> np.ndarray | None:
        """Return one label n times, as the model takes it; None where it is not conditional."""
        return np.full(n, label) if self.model.conditional else None

    def decoded(
        self, spec: str, label: int = 0, *, batch: int | None = None
    ) -> Iterator[int | DecodedPlane]:
        """Decode a plane, or take it from those there are.

        Yields how many cells are done, then the decoded plane. Raises BadInput.
        """
        label = label if self.model.conditional else 0
        key = (spec, label)
        if key not in self.planes:
            steps = decode_plane(
                self.plane(spec), self.options.grid, self.decoder(label), self.classify,
                batch or self.model.batch,
            )  # fmt: skip
            for step in steps:
                if isinstance(step, DecodedPlane):
                    self._keep(key, step)
                else:
                    yield step
        yield self.planes[key]

    def _keep(self, key: tuple[str, int], plane: DecodedPlane) -> None:
        """Keep a plane, and of those that pages asked for the newest alone."""
        first = len(self.options.planes or first_specs(self))
        most = max(1, int(KEPT / plane.images.nbytes))
        for old in list(self.planes)[first : len(self.planes) + 1 - most]:
            del self.planes[old]
            self.encoded.pop(old, None)
        self.planes[key] = plane

    def far_apart(self) -> str:
        """Return the spec of a plane through three points far apart, a first choice."""
        codes = self.points.codes
        assert codes is not None
        codes = codes[:FAR].astype(float)
        start = int(np.linalg.norm(codes - codes.mean(0), axis=1).argmax())
        chosen = [start]
        for _ in range(2):
            nearest = np.min([np.linalg.norm(codes - codes[k], axis=1) for k in chosen], axis=0)
            chosen.append(int(nearest.argmax()))
        return "places:" + ",".join(str(self.points.rows[k]) for k in chosen)


def numbers(spec: str, count: int) -> list[int]:
    """Return the numbers behind the colon of axes:0,1 or places:3,17,20. Raises BadInput."""
    kind, _, rest = spec.partition(":")
    try:
        values = [int(part) for part in rest.split(",")]
    except ValueError:
        values = []
    if len(values) != count:
        example = {2: "0,1", 3: "3,17,20"}[count]
        raise BadInput(f"plane {spec!r}: write {kind}:{example}")
    return values


def check(options: ExploreOptions) -> None:
    """Raise BadInput for options that no page can have."""
    if not 2 <= options.grid <= 100:
        raise BadInput(f"--grid {options.grid}: give 2 to 100")
    if not 3 <= options.points <= 20_000:
        raise BadInput(f"--points {options.points}: give 3 to 20,000")
    if options.projection != "pca":
        check_map(options.projection, options.points)


@shared_parameters
def prepare(
    model: LatentModel,
    data: ImageSet | None = None,
    classifier: Classifier | None = None,
    options: ExploreOptions = ExploreOptions(),
    *,
    progress: bool = False,
) -> Content:
    """Place the points and decode the planes that the page opens with.

    Other planes are decoded when a page asks for them, see `Content.decoded`.

    Parameters
    ----------
    model
        The model whose latent space is shown.
    data
        Images on the map; None for samples in their place.
    classifier
        Names images and draws borders, where there is one.
    options
        What the page shows.

    Raises
    ------
    BadInput
        If the model or the data have no such points or planes.
    """
    check(options)
    label = 0 if options.label is None else model.label(options.label)
    model = prepared(model)
    quick, kind = live(model)
    points = _points(model, data, classifier, options, progress=progress)
    attractor = true_attractor_of(data, quick, options.mapping)
    rng = np.random.default_rng([options.seed, 2])
    if attractor is not None:
        start = start_of_parameters(attractor, points, rng)
        attractor.pair(start.at)  # so that the first slider does not wait for the compiler
    else:
        start = start_of_latents(model, points, rng)
    content = Content(model, quick, kind, options, data, classifier, points, attractor, start)
    from fractaldream_base.progress import Bar

    for spec in options.planes or first_specs(content):
        total = options.grid**2
        with Bar(total=total, desc=f"plane {spec}", unit="image", disable=not progress) as bar:
            for step in content.decoded(spec, label):
                bar.update((total if isinstance(step, DecodedPlane) else step) - bar.n)
    return content


def _points(
    model: LatentModel,
    data: ImageSet | None,
    classifier: Classifier | None,
    options: ExploreOptions,
    *,
    progress: bool,
) -> MapPoints:
    rng = np.random.default_rng(options.seed)
    if data is None:
        return sample_points(model, classifier, options, rng, progress=progress)
    points = data_points(model, data, options, rng, progress=progress)
    if classifier is None or (points.labels >= 0).any():
        return points
    images = points.originals.transpose(0, 3, 1, 2).astype(np.float32) / 255
    labels = classifier.probabilities(images).argmax(1)
    return replace(points, labels=labels, names=classifier.labels)


def first_specs(content: Content) -> list[str]:
    """Return the planes that a page shows unless others are asked for.

    There is none where L is 1, nor of noise beside data, which have no codes.
    """
    if content.model.latent == 1:
        return []
    if content.model.noise_latents:
        return [content.far_apart()] if content.data is None else []
    if content.model.latent == 2:
        return ["axes:0,1"]
    specs = ["components", "axes:0,1"]
    if content.data is not None and content.points.codes is not None:
        specs.append(content.far_apart())
    return specs
