"""The data that page.js is given: plain values, and images as strips."""

from dataclasses import replace
from typing import Any

import numpy as np

from evalkit.latent_space.regions import name_places
from evalkit.support.captions import short_names
from fractaldream.recipe import PARAM_NAMES

from .attractor_pair import AttractorPair
from .colours import CLASSES
from .content import Content
from .decoded_plane import DecodedPlane, borders, to_bytes
from .map_points import MapPoints
from .sprites import mosaic, packed, strips
from .start import LATENTS

LETTERS = 18  # of a class's name on a map, at most
PER = 40  # images of a strip of the points
STEPS = np.linspace(-3, 3, 25)  # where the sliders of a file can stand, one at a time
MARK_DX, MARK_DY = 14, 16  # px from a place's star to its name


def payload_of(content: Content, *, live: bool) -> dict[str, Any]:
    """Return everything that does not change while the page is open, and the planes there are."""
    model = content.model
    return {
        "live": live,
        "name": "/".join(model.name.rsplit("/", 2)[-2:]),
        "kind": model.kind,
        "latent": model.latent,
        "side": model.size,
        "n": content.options.grid,
        "names": list(content.names),
        "short": short_names(content.names, LETTERS),
        "colours": list(CLASSES),
        "labels": list(model.labels),
        "planes": [
            plane_payload(d, spec, label, content) for (spec, label), d in content.planes.items()
        ],
        "points": _points_once(content, live=live),
        "attractor": attractor_payload(content, live=live),
        "start": {
            "at": content.start.at[:LATENTS].tolist(),
            "what": content.start.description,
            "label": content.start.label,
        },
        "numbers": content.numbers,
    }


def _points_once(content: Content, *, live: bool) -> dict[str, Any]:
    """Return the points as all pages of a server are handed them; encoded once."""
    if not live:
        points = content.points
        if content.model.noise_latents:  # a file would grow by all pixels of each point
            points = replace(points, codes=None)
        return points_payload(points, live=False)
    key = (" points", 0)  # no plane's spec begins with a space
    if key not in content.encoded:
        content.encoded[key] = points_payload(content.points, live=True)
    value: dict[str, Any] = content.encoded[key]
    return value


def plane_payload(decoded: DecodedPlane, spec: str, label: int, content: Content) -> dict[str, Any]:
    """Return one plane: its images, what they are called, where names change; encoded once."""
    key = (spec, label)
    if key not in content.encoded:
        content.encoded[key] = _encode_plane(decoded, spec, label, content)
    value: dict[str, Any] = content.encoded[key]
    return value


def _encode_plane(decoded: DecodedPlane, spec: str, label: int, content: Content) -> dict[str, Any]:
    n, at = decoded.n, decoded.plane
    of_label = f", label {content.model.labels[label]}" if content.model.conditional else ""
    value: dict[str, Any] = {
        "spec": spec,
        "label": label,
        "title": title(spec) + of_label,
        "x": at.right,
        "y": at.up,
        "low": at.low,
        "high": at.high,
        "strips": strips(decoded.images, n),
        "mosaic": mosaic(decoded.images, n),
        "called": None,
    }
    if at.marks is not None:
        value["places"] = {
            "x": at.marks[:, 0].tolist(),
            "y": at.marks[:, 1].tolist(),
            "text": list(at.names),
            # names stand inwards of the corners, where there is room
            "align": ["left" if x < at.high else "right" for x in at.marks[:, 0]],
            "dx": [MARK_DX if x < at.high else -MARK_DX for x in at.marks[:, 0]],
            "dy": [-MARK_DY if y < at.high else MARK_DY for y in at.marks[:, 1]],
        }
    labels = decoded.labels
    if labels is not None and decoded.chances is not None:
        square = labels.reshape(n, n)
        value["called"] = labels.tolist()
        value["chances"] = np.round(decoded.chances, 3).astype(float).ravel().tolist()
        value["borders"] = np.round(borders(square, at.low, at.high), 4).T.tolist()
        value["regions"] = name_places(square, at.low, at.high)
    return value


def title(spec: str) -> str:
    """Return a spec in words."""
    kind, _, rest = spec.partition(":")
    if kind == "axes":
        return "axes " + " and ".join(f"z{k}" for k in rest.split(","))
    if kind == "places":
        return "through rows " + ", ".join(rest.split(","))
    return "two principal components"


def points_payload(points: MapPoints, *, live: bool) -> dict[str, Any]:
    """Return the map's points. Codes go along only where no server could be asked."""
    rmse = codes = reconstructions = None
    if points.reconstructions is not None:
        apart = points.originals.astype(np.float32) - points.reconstructions
        rmse = np.sqrt(np.square(apart / 255).mean((1, 2, 3))).round(4).tolist()
        reconstructions = strips(points.reconstructions, PER)
    if not live and points.codes is not None:
        codes = points.codes.astype(np.float32).round(4).tolist()
    return {
        "what": points.description,
        "item": points.item,
        "method": points.method,
        "per": PER,
        "rows": points.rows.tolist(),
        "labels": points.labels.tolist(),
        "names": list(points.names),
        "short": short_names(points.names, LETTERS),
        "params": None if points.params is None else points.params.round(5).tolist(),
        "paramNames": list(points.param_names),
        "rmse": rmse,
        "encoded": points.codes is not None,
        "codes": codes,
        "originals": strips(points.originals, PER),
        "again": reconstructions,
    }


def attractor_payload(content: Content, *, live: bool) -> dict[str, Any] | None:
    """Return what the sliders need: names, and for a file the images of each slider alone."""
    true = content.attractor
    if true is None:
        return None
    value: dict[str, Any] = {"names": list(PARAM_NAMES), "way": true.way}
    if live:
        params = content.points.params
        v = None if params is None else true.standardised(params)
        if v is not None:
            value["v"] = v.round(2).tolist()  # of each point, for the sliders
        return value
    start = content.start.at
    steps = [positions(float(at)) for at in start]
    pairs = [true.pair(moved(start, k, step)) for k in range(6) for step in steps[k]]
    value["steps"] = steps
    value["true"] = strips(np.stack([pair.true for pair in pairs]), len(STEPS))
    value["figures"] = [figures(pair) for pair in pairs]
    if true.way:
        generated = [pair.generated for pair in pairs if pair.generated is not None]
        value["generated"] = strips(np.stack(generated), len(STEPS))
    return value


def positions(start: float) -> list[float]:
    """Return where a slider of a file can stand: STEPS, the nearest of which is its start."""
    steps = STEPS.copy()
    steps[np.abs(steps - start).argmin()] = start
    return [float(step) for step in steps]


def moved(start: np.ndarray, k: int, step: float) -> np.ndarray:
    """Return the start with its k-th number replaced by a step."""
    v = start.copy()
    v[k] = step
    return v


def figures(pair: AttractorPair) -> dict[str, Any]:
    """Return the numbers of a pair FD(v), G(v)."""
    return {
        "params": pair.params.round(5).tolist(),
        "rmse": pair.rmse,
        "rmse32": pair.rmse32,
        "ssim": pair.ssim,
    }


def pixels(images: np.ndarray) -> list[np.ndarray]:
    """Return float images (N, C, S, S) in [0, 1] as uint32 (S * S,) each."""
    return [packed(image).ravel() for image in to_bytes(images)]
