"""Generative models of images, their training and their checkpoints.

import fractaldream_models as fm

result = fm.train("fdd64.h5", "runs/aae", {"epochs": 20}, preset="aae-fdd")
model = fm.load(result.checkpoint)
images = fm.sample(model, 64, out="samples.png").images
"""

import importlib
from typing import TYPE_CHECKING, Any

# Where each public name lives. Imported on first use: torch alone takes longer than --help may.
_HOMES = {
    "BadInput": "errors",
    "Callbacks": "training.options",
    "DataOptions": "data.sources",
    "Model": "model",
    "Reconstruction": "evaluation.reconstruction",
    "Samples": "evaluation.sampling",
    "Settings": "settings",
    "SweepOptions": "sweeps.options",
    "SweepReport": "sweeps.report",
    "SweepResult": "sweeps.study",
    "TrainOptions": "training.options",
    "TrainResult": "training.results",
    "load": "checkpoint",
    "open_data": "data.sources",
    "preset": "settings",
    "presets": "settings",
    "reconstruct": "evaluation.reconstruction",
    "sample": "evaluation.sampling",
    "sweep": "sweeps.study",
    "sweep_report": "sweeps.report",
    "train": "training.trainer",
}

__all__ = [*_HOMES]

if TYPE_CHECKING:
    from .checkpoint import load
    from .data.sources import DataOptions, open_data
    from .errors import BadInput
    from .evaluation.reconstruction import Reconstruction, reconstruct
    from .evaluation.sampling import Samples, sample
    from .model import Model
    from .settings import Settings, preset, presets
    from .sweeps.options import SweepOptions
    from .sweeps.report import SweepReport, sweep_report
    from .sweeps.study import SweepResult, sweep
    from .training.options import Callbacks, TrainOptions
    from .training.results import TrainResult
    from .training.trainer import train


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fractaldream_models' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
