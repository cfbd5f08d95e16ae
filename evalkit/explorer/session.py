"""What one open page asks, and the answers: paths, planes, projections, sliders."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from bokeh.document import Document

from evalkit.errors import BadInput
from evalkit.latent_space.paths import lerp, slerp

from .content import Content
from .payload import pixels, plane, said
from .plane_view import Decoded
from .projection_view import place
from .sprites import packed
from .views import STEPS, Page

BATCH = 32  # images decoded before the page is heard again


class Session:
    """Answers one page. Long work is cut into pieces, so that sliders and paths come between."""

    def __init__(self, document: Document, page: Page, content: Content) -> None:
        self.document, self.content = document, content
        self.answers = page.models["answer"]
        self.work: dict[str, Iterator[None]] = {}  # at most one of each kind
        self.asked = page.models["ask"]
        self.asked.on_change("data", self._heard)

    def _heard(self, attribute: str, old: Any, new: Any) -> None:
        try:
            what = json.loads(new["json"][0])
            about = what["about"]
            if about == "sliders":
                self._sliders(what)
                return
            kinds = {
                "plane": self._plane,
                "path": self._path,
                "between": self._between,
                "place": self._place,
            }
            kind = "path" if about == "between" else about
            idle = not self.work
            self.work[kind] = kinds[about](what)
            if idle:
                self.document.add_next_tick_callback(self._on)
        except (BadInput, ValueError) as error:
            self._refuse(error)

    def _on(self) -> None:
        """One step of everything that is under way, paths first."""
        for kind in sorted(self.work, key=("path", "place", "plane").index):
            work = self.work[kind]
            try:
                next(work)
            except StopIteration:
                self._done(kind, work)
            except (BadInput, ValueError) as error:
                self._refuse(error)
                self._done(kind, work)
        if self.work:
            self.document.add_next_tick_callback(self._on)

    def _done(self, kind: str, work: Iterator[None]) -> None:
        if self.work.get(kind) is work:
            del self.work[kind]

    def _answer(self, value: dict[str, Any], images: list[np.ndarray] | None = None) -> None:
        images = images or [np.zeros(1, np.uint32)]
        texts = [json.dumps(value)] + [""] * (len(images) - 1)
        self.answers.data = {"json": texts, "pixels": images}

    def _refuse(self, error: Exception) -> None:
        self._answer({"about": "refused", "text": str(error)})

    def _sliders(self, what: dict[str, Any]) -> None:
        content = self.content
        v = np.clip(np.array(what["v"], float), -3, 3)
        if content.family is not None:
            one = content.family.beside(v)
            shown = [one.true] if one.made is None else [one.true, one.made]
            images = [packed(image).ravel() for image in shown]
            self._answer({"about": "sliders", **said(one)}, images)
            return
        z = np.zeros((1, content.model.latent))
        z[0, : len(v)] = v
        made = content.quick.decode(z, self._told(what.get("label", 0), 1))
        value: dict[str, Any] = {"about": "sliders"}
        if content.name is not None:
            chances = content.name(made)[0]
            best = int(chances.argmax())
            value |= {
                "chances": chances.round(3).astype(float).tolist(),
                "name": f"{content.names[best]}, {chances[best]:.0%} certain",
            }
        self._answer(value, pixels(made))

    def _told(self, label: int, n: int) -> np.ndarray | None:
        return np.full(n, label) if self.content.model.conditional else None

    def _between(self, what: dict[str, Any]) -> Iterator[None]:
        decoded = self.content.planes[(what["spec"], what["label"])]
        z = decoded.plane.latents(np.array(what["places"], float))
        return self._strip("plane_strip", z, self._told(what["label"], len(z)), what["number"])

    def _path(self, what: dict[str, Any]) -> Iterator[None]:
        points = self.content.points
        if points.codes is None:
            self.content.model.need_encoder("a path between images")
        assert points.codes is not None
        ends = points.codes[[what["from"], what["to"]]].astype(float)
        along = np.linspace(0, 1, STEPS)
        z = (slerp if what["how"] == "spherical" else lerp)(ends[0], ends[1], along)
        told = None
        if points.told is not None:  # shares of both labels
            both = np.eye(len(self.content.model.labels))[points.told[[what["from"], what["to"]]]]
            told = lerp(both[0], both[1], along)
        return self._strip("data_strip", z, told, what["number"])

    def _strip(
        self, strip: str, z: np.ndarray, told: np.ndarray | None, number: int
    ) -> Iterator[None]:
        """One image after another, so that the first is there at once."""
        under: list[str] = []
        for k in range(len(z)):
            made = self.content.quick.decode(z[[k]], None if told is None else told[[k]])
            if self.content.name is not None:
                chances = self.content.name(made)[0]
                under.append(f"{self.content.names[int(chances.argmax())]} {chances.max():.0%}")
            value = {"about": "step", "strip": strip, "k": k, "number": number, "under": under}
            self._answer(value, pixels(made))
            yield

    def _plane(self, what: dict[str, Any]) -> Iterator[None]:
        content = self.content
        spec, label = str(what["spec"]), int(what["label"])
        total = content.settings.n**2
        for step in content.ask(spec, label, batch=min(BATCH, content.model.batch)):
            if isinstance(step, Decoded):
                value = {"about": "plane", "plane": plane(step, spec, label, content)}
                self._answer(value)
            else:
                text = f"decoding {spec}: {step:,} of {total:,} images"
                self._answer({"about": "progress", "text": text})
            yield

    def _place(self, what: dict[str, Any]) -> Iterator[None]:
        yield  # so that the page says that it waits
        points = self.content.points
        found = place(points.features, what["method"], self.content.settings.seed)
        axes = [found[:, k].astype(np.float64) for k in (0, 1)]
        self._answer({"about": "place", "method": what["method"]}, axes)
