"""Files that keep the finished results of several generators."""

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from fractaldream.recipe import Recipe
from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_bytes

from .findings import Method
from .image_check import ImageCheck
from .options import CorrespondOptions
from .power.search import Power
from .results import CorrespondResult
from .rung_names import RUNGS
from .rungs.identity_and_symmetry import IdentityResult, SymmetryResult
from .rungs.neighbourhood import NeighbourhoodResult
from .rungs.outcome import RungResult, Skipped
from .rungs.probes import ProbeResult
from .rungs.rotation import RotationResult
from .stored_files import RECOMPUTED, stored_bytes

RESULT_TYPES: dict[str, type[RungResult]] = {
    "identity": IdentityResult,
    "symmetry": SymmetryResult,
    "rotation": RotationResult,
    "affine": ProbeResult,
    "nonlinear": ProbeResult,
    "local": NeighbourhoodResult,
}
FIELDS = {"local": "neighbourhood"}  # of CorrespondResult, where they differ from the rung's name


def save_results(results: dict[str, CorrespondResult], path: Path) -> None:
    """Write results by key, in numpy's archive. Raises BadInput."""
    values = {
        key: result.to_dict() | {"options": dataclasses.asdict(result.method.options)}
        for key, result in results.items()
    }
    arrays = {"results": np.array(json.dumps(values))}
    for key, result in results.items():
        for name, rung in result.rungs.items():
            if isinstance(rung, RungResult) and rung.draws is not None:
                arrays[f"{key}/draws/{name}"] = rung.draws
        arrays |= {f"{key}/pictures/{name}": picture for name, picture in result.pictures.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def load_results(path: Path) -> dict[str, CorrespondResult]:
    """Return results by key; none where there is no file. Raises BadInput."""
    if not path.exists():
        return {}
    content = stored_bytes(path)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = dict(archive)
        values = json.loads(arrays.pop("results").item())
        return {key: _result(each, _within(arrays, key)) for key, each in values.items()}
    except Exception as error:
        raise BadInput(f"{path}: not what an interrupted run left; {RECOMPUTED}") from error


def _within(arrays: dict[str, np.ndarray], folder: str) -> dict[str, np.ndarray]:
    """Return the arrays whose names begin with `folder`, by the rest of their names."""
    start = f"{folder}/"
    return {key.removeprefix(start): a for key, a in arrays.items() if key.startswith(start)}


def _result(values: dict[str, Any], arrays: dict[str, np.ndarray]) -> CorrespondResult:
    """Return the result that `save_results` described."""
    draws = _within(arrays, "draws")
    rungs: dict[str, Any] = {}
    for name in RUNGS:
        level = values["levels"][name]
        rungs[FIELDS.get(name, name)] = (
            Skipped(name, level["skipped"])
            if level["skipped"]
            else RESULT_TYPES[name].from_dict(name, level, draws.get(name))
        )
    power = values["power"].items()
    return CorrespondResult(
        generator=values["generator"],
        power={name: Power.from_dict(each) for name, each in power if each is not None},
        no_power=values["no_power"],
        images=ImageCheck(**values["images"]),
        method=Method(
            CorrespondOptions(**values["options"]),
            Recipe(**values["recipe"]),
            tuple(values["param_mean"]),
            tuple(values["param_scale"]),
            values["data"],
            values["learnt_from"],
        ),
        pictures=_within(arrays, "pictures"),
        **rungs,
    )
