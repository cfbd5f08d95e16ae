"""What page.js is handed: plain values, and images as strips."""

from typing import Any

import numpy as np

from .colours import CLASSES
from .content import Content
from .plane_view import Decoded, borders, regions, to_bytes
from .projection_view import Points
from .sprites import mosaic, packed, strips

PER = 40  # images of a strip of the points
REST = np.linspace(-3, 3, 25)  # where the sliders of a file can stand, one at a time


def payload(content: Content, *, live: bool) -> dict[str, Any]:
    """Everything that does not change while the page is open, and the planes there are."""
    model = content.model
    return {
        "live": live,
        "name": "/".join(model.name.rsplit("/", 2)[-2:]),
        "kind": model.kind,
        "latent": model.latent,
        "side": model.size,
        "n": content.settings.n,
        "names": list(content.names),
        "colours": list(CLASSES),
        "labels": list(model.labels),
        "planes": [plane(d, spec, label, content) for (spec, label), d in content.planes.items()],
        "points": points(content.points, live=live),
        "family": family(content, live=live),
        "numbers": content.numbers,
    }


def plane(decoded: Decoded, spec: str, label: int, content: Content) -> dict[str, Any]:
    """One plane: its images, what they are called, where names change."""
    n, at = decoded.n, decoded.plane
    told = f", label {content.model.labels[label]}" if content.model.conditional else ""
    value: dict[str, Any] = {
        "spec": spec,
        "label": label,
        "title": title(spec) + told,
        "x": at.x,
        "y": at.y,
        "reach": at.reach,
        "strips": strips(decoded.images, n),
        "mosaic": mosaic(decoded.images, n),
        "called": None,
    }
    if at.marks is not None:
        value["marks"] = {
            "x": at.marks[:, 0].tolist(),
            "y": at.marks[:, 1].tolist(),
            "text": spec.partition(":")[2].split(","),
        }
    labels = decoded.labels
    if labels is not None and decoded.chances is not None:
        square = labels.reshape(n, n)
        value["called"] = labels.tolist()
        value["chances"] = np.round(decoded.chances, 3).astype(float).ravel().tolist()
        value["borders"] = np.round(borders(square, at.reach), 4).T.tolist()
        value["regions"] = regions(square, at.reach)
    return value


def title(spec: str) -> str:
    """A spec in words."""
    kind, _, rest = spec.partition(":")
    if kind == "axes":
        return "axes " + " and ".join(f"z{k}" for k in rest.split(","))
    if kind == "anchors":
        return "through rows " + ", ".join(rest.split(","))
    return "two principal components"


def points(them: Points, *, live: bool) -> dict[str, Any]:
    """The map's points. Codes go along only where no server could be asked."""
    rmse = None
    if them.reconstructions is not None:
        apart = them.originals.astype(np.float32) - them.reconstructions
        rmse = np.sqrt(np.square(apart / 255).mean((1, 2, 3))).round(4).tolist()
    codes = None
    if not live and them.codes is not None:
        codes = them.codes.astype(np.float32).round(4).tolist()
    return {
        "what": them.what,
        "method": them.method,
        "per": PER,
        "rows": them.rows.tolist(),
        "labels": them.labels.tolist(),
        "names": list(them.names),
        "params": None if them.params is None else them.params.round(5).tolist(),
        "paramNames": list(them.param_names),
        "rmse": rmse,
        "encoded": them.codes is not None,
        "codes": codes,
        "originals": strips(them.originals, PER),
        "again": None if them.reconstructions is None else strips(them.reconstructions, PER),
    }


def family(content: Content, *, live: bool) -> dict[str, Any] | None:
    """What the sliders need: names, and for a file the images of each slider alone."""
    if content.family is None:
        return None
    value: dict[str, Any] = {"names": list(content.points.param_names), "way": content.family.way}
    if live:
        renderer = content.family.renderer
        if renderer.mapping == "standard" and content.points.params is not None:
            v = (content.points.params - np.array(renderer.mean)) / np.array(renderer.scale)
            value["v"] = v.round(2).tolist()  # of each point, for the sliders
        return value
    found = [content.family.beside(np.eye(6)[k] * step) for k in range(6) for step in REST.tolist()]
    value["rest"] = REST.tolist()
    value["true"] = strips(np.stack([one.true for one in found]), len(REST))
    value["said"] = [said(one) for one in found]
    if content.family.way:
        value["made"] = strips(np.stack([o.made for o in found if o.made is not None]), len(REST))
    return value


def said(one: Any) -> dict[str, Any]:
    """The numbers of a pair FD(v), G(v)."""
    return {
        "params": one.params.round(5).tolist(),
        "rmse": one.rmse,
        "rmse32": one.rmse32,
        "ssim": one.ssim,
    }


def pixels(images: np.ndarray) -> list[np.ndarray]:
    """Float images (N, C, S, S) in [0, 1] -> uint32 (S * S,) each."""
    return [packed(image).ravel() for image in to_bytes(images)]
