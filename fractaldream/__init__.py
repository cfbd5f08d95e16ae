"""Parametric image data sets of the Fractal Dream attractor, the same bytes everywhere.

import fractaldream as fd

fd.render(fd.Recipe(n=1000), "small.h5")
data = fd.open("small.h5")
data[3], data.params[3], data.rgb(3, "viridis")
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Where each public name lives. Imported on first use: numba alone takes longer than --help may.
_HOMES = {
    "BadInput": "errors",
    "Batch": "live",
    "Dataset": "dataset",
    "Images": "rendering",
    "Info": "summary",
    "PARAM_NAMES": "recipe",
    "Recipe": "recipe",
    "RenderResult": "production",
    "Symmetry": "attractor",
    "Verification": "verification",
    "canonical": "attractor",
    "draw": "drawing",
    "draw_parameters": "sampling",
    "export": "exporting",
    "info": "summary",
    "jacobian": "attractor",
    "open": "dataset",
    "orbit": "attractor",
    "palette": "palettes",
    "preview": "drawing",
    "read_params": "params",
    "render": "production",
    "render_images": "rendering",
    "sine": "arithmetic",
    "stream": "live",
    "symmetry_orbit": "attractor",
    "to_rgb": "palettes",
    "verify": "verification",
}

__all__ = ["__version__", *_HOMES]

if TYPE_CHECKING:
    from .arithmetic import sine
    from .attractor import Symmetry, canonical, jacobian, orbit, symmetry_orbit
    from .dataset import Dataset, open
    from .drawing import draw, preview
    from .errors import BadInput
    from .exporting import export
    from .live import Batch, stream
    from .palettes import palette, to_rgb
    from .params import read_params
    from .production import RenderResult, render
    from .recipe import PARAM_NAMES, Recipe
    from .rendering import Images, render_images
    from .sampling import draw_parameters
    from .summary import Info, info
    from .verification import Verification, verify


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fractaldream' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
