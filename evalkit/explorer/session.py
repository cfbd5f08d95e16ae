"""Requests of one open page and their answers: paths, planes, projections, sliders."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from bokeh.document import Document

from evalkit.latent_space.paths import lerp, slerp
from fractaldream_base.errors import BadInput

from .content import Content
from .decoded_plane import DecodedPlane
from .map_points import place_points
from .payload import figures, pixels, plane_payload
from .requests import index_of, numbers_of, parse_request, text_of
from .sprites import packed
from .start import LATENTS
from .views.build import Page
from .views.widgets import STEPS

NUMBERS = 2**53  # of requests, as JavaScript counts them
BATCH = 32  # images decoded before the page is heard again
ORDER = ("path", "place", "plane")  # of work that is under way


class PageSession:
    """Answers to one page. Long work is cut into pieces, so that sliders and paths come between."""

    def __init__(self, document: Document, page: Page, content: Content) -> None:
        self.document, self.content = document, content
        self.answers = page.models["answer"]
        self.work: dict[str, Iterator[None]] = {}  # at most one of each kind
        self.requests = page.models["ask"]
        self.requests.on_change("data", self._heard)

    def _heard(self, attribute: str, old: Any, new: Any) -> None:
        try:
            request = parse_request(new["json"][0])
            about = text_of(request, "about")
            if about == "sliders":
                self._sliders(request)
                return
            kinds = {
                "plane": self._plane,
                "path": self._path,
                "between": self._between,
                "place": self._place,
            }
            if about not in kinds:
                raise BadInput("this is no request of the page")
            kind = "path" if about == "between" else about
            idle = not self.work
            self.work[kind] = kinds[about](request)
            if idle:
                self.document.add_next_tick_callback(self._step)
        except (BadInput, ValueError, KeyError, IndexError, TypeError) as error:
            self._refuse(error)

    def _step(self) -> None:
        """Take one step of everything that is under way, paths first."""
        for kind in sorted(self.work, key=ORDER.index):
            work = self.work[kind]
            try:
                next(work)
            except StopIteration:
                self._done(kind, work)
            except (BadInput, ValueError) as error:
                self._refuse(error)
                self._done(kind, work)
        if self.work:
            self.document.add_next_tick_callback(self._step)

    def _done(self, kind: str, work: Iterator[None]) -> None:
        if self.work.get(kind) is work:
            del self.work[kind]

    def _answer(self, value: dict[str, Any], images: list[np.ndarray] | None = None) -> None:
        images = images or [np.zeros(1, np.uint32)]
        texts = [json.dumps(value)] + [""] * (len(images) - 1)
        self.answers.data = {"json": texts, "pixels": images}

    def _refuse(self, error: Exception) -> None:
        self._answer({"about": "refused", "text": str(error)})

    def _sliders(self, request: dict[str, Any]) -> None:
        content = self.content
        reach = content.start.reach
        count = 6 if content.attractor is not None else min(content.model.latent, LATENTS)
        v = np.clip(numbers_of(request, "v", (count,)), -reach, reach)
        if content.attractor is not None:
            pair = content.attractor.pair(v)
            pictures = [pair.true] if pair.generated is None else [pair.true, pair.generated]
            images = [packed(image).ravel() for image in pictures]
            self._answer({"about": "sliders", **figures(pair)}, images)
            return
        z = content.start.at[None].copy()
        z[0, : len(v)] = v
        label = index_of(request, "label", len(content.model.labels))
        decoded = content.quick.decode(z, content.labels(label, 1))
        value: dict[str, Any] = {"about": "sliders"}
        if content.classify is not None:
            chances = content.classify(decoded)[0]
            best = int(chances.argmax())
            value |= {
                "chances": chances.round(3).astype(float).tolist(),
                "name": f"{content.names[best]}, {chances[best]:.0%} certain",
            }
        self._answer(value, pixels(decoded))

    def _between(self, request: dict[str, Any]) -> Iterator[None]:
        """Follow the straight path between two places of a plane."""
        label = index_of(request, "label", len(self.content.model.labels))
        spec = text_of(request, "spec")
        decoded = self.content.planes.get((spec, label))
        plane = self.content.plane(spec) if decoded is None else decoded.plane
        reach = plane.high - plane.low
        places = numbers_of(request, "places", (STEPS, 2))
        z = plane.latents(*np.clip(places, plane.low - reach, plane.high + reach).T)
        labels = self.content.labels(label, len(z))
        return self._strip("plane_strip", z, labels, index_of(request, "number", NUMBERS))

    def _path(self, request: dict[str, Any]) -> Iterator[None]:
        """Follow the path between two points of the map."""
        points = self.content.points
        if points.codes is None:
            self.content.model.need_encoder("a path between images")
        assert points.codes is not None
        at = [index_of(request, end, len(points.codes)) for end in ("from", "to")]
        ends = points.codes[at].astype(float)
        along = np.linspace(0, 1, STEPS)
        z = (slerp if text_of(request, "how") == "spherical" else lerp)(ends[0], ends[1], along)
        labels = None
        if points.code_labels is not None:  # shares of both labels
            both = np.eye(len(self.content.model.labels))[points.code_labels[at]]
            labels = lerp(both[0], both[1], along)
        return self._strip("data_strip", z, labels, index_of(request, "number", NUMBERS))

    def _strip(
        self, strip: str, z: np.ndarray, labels: np.ndarray | None, number: int
    ) -> Iterator[None]:
        """Decode one image after another, so that the first is there at once."""
        content, under = self.content, []
        for k in range(len(z)):
            decoded = content.quick.decode(z[[k]], None if labels is None else labels[[k]])
            if content.classify is not None:
                chances = content.classify(decoded)[0]
                under.append(f"{content.names[int(chances.argmax())]} {chances.max():.0%}")
            value = {"about": "step", "strip": strip, "k": k, "number": number, "under": under}
            self._answer(value, pixels(decoded))
            yield

    def _plane(self, request: dict[str, Any]) -> Iterator[None]:
        content = self.content
        spec = text_of(request, "spec")
        label = index_of(request, "label", len(content.model.labels))
        total = content.options.grid**2
        for step in content.decoded(spec, label, batch=min(BATCH, content.model.batch)):
            if isinstance(step, DecodedPlane):
                self._answer({"about": "plane", "plane": plane_payload(step, spec, label, content)})
            else:
                text = f"decoding {spec}: {step:,} of {total:,} images"
                self._answer({"about": "progress", "text": text})
            yield

    def _place(self, request: dict[str, Any]) -> Iterator[None]:
        yield  # so that the page says that it waits
        content, method = self.content, text_of(request, "method")
        at = place_points(content.points.features, method, content.options.seed)
        axes = [at[:, k].astype(np.float64) for k in (0, 1)]
        self._answer({"about": "place", "method": method}, axes)
