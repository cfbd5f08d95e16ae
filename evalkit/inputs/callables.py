"""Functions of latents in place of a checkpoint: found by name, called, held to one range."""

import importlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from fractaldream_base.errors import BadInput

from .pixels import TOLERANCE, to_unit

if TYPE_CHECKING:
    from torch import Tensor

Call = Callable[[np.ndarray], np.ndarray]  # z (N, L) -> images, as `to_unit` takes them

FIRST = 5  # latents of the first call
PROBE = 256  # latents from N(0, I) that tell the range of the images
PIXELS = 2**22  # of the images of one such call


def import_callable(spec: str) -> Call:
    """Import ``module:callable``, looked up from the current folder first. Raises BadInput."""
    module, _, name = spec.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        imported = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever its author wrote runs here
        raise BadInput(f"{spec}: cannot import {module} ({_one_line(error)})") from error
    if not hasattr(imported, name):
        raise BadInput(f"{spec}: {module} has no {name}")
    call: Call = getattr(imported, name)
    if not callable(call):
        raise BadInput(f"{spec}: not callable; give a function of z (N, L)")
    return call


def images_of(
    call: Call, z: np.ndarray, name: str, signed: bool | None, colours: "Tensor | None" = None
) -> np.ndarray:
    """Return a callable's images of latents z (N, L), float32 (N, C, S, S) in [0, 1].

    name is what errors call it. signed says whether its floats lie in [-1, 1]; None: as these
    images tell. colours are those of levels, uint8 (256, 3), where it returns levels. Raises
    BadInput where it fails, or returns what no images are.
    """
    images = to_unit(_raw(call, z, name), name, signed=signed)
    if colours is None:
        return images
    import torch

    from fractaldream_models.levels import coloured

    out: np.ndarray = coloured(torch.from_numpy(images), colours).numpy()
    return out


def probe(call: Call, name: str, latent: int) -> tuple[int, int, bool]:
    """Return channels C and side S of a callable's images, and whether they lie in [-1, 1].

    The range is decided once, from 256 latents of N(0, I), always the same: one batch may hold no
    dark image, so that its own minimum would tell [-1, 1] from [0, 1] wrongly. Raises BadInput.
    """
    first = _raw(call, np.zeros((FIRST, latent)), name)
    images = to_unit(first, name)
    if len(images) != FIRST:
        raise BadInput(f"{name}: {len(images)} images for {FIRST} latents; give one for each row")
    _, channels, side, _ = images.shape
    if first.dtype == np.uint8:
        return channels, side, False
    z = np.random.default_rng(0).standard_normal((PROBE, latent))
    step = int(np.clip(PIXELS // side**2, 1, PROBE))
    lowest = float(first.min())
    for start in range(0, PROBE, step):
        part = _raw(call, z[start : start + step], name)
        to_unit(part, name)  # refuses what no images are
        lowest = min(lowest, float(part.min()))
    return channels, side, lowest < -TOLERANCE


def _raw(call: Call, z: np.ndarray, name: str) -> np.ndarray:
    try:
        return np.asarray(call(z))
    except Exception as error:
        raise BadInput(f"{name}: fails on z of shape {z.shape}: {_one_line(error)}") from error


def _one_line(error: BaseException) -> str:
    """Return the name and the text of an error on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())
