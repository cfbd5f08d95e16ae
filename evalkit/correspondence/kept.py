"""Several generators, resumed: what an interrupted run left is kept beside its JSON file."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from fractaldream import __version__

from ..errors import BadInput
from ..files import write_bytes
from .family import Renderer
from .generators import Generator
from .inverse import InverseRenderer
from .ladder import climbs
from .power import Power
from .results import Level, Result, Settings


def resumed(
    generators: list[Generator],
    renderer: Renderer,
    inverse: InverseRenderer,
    inverse_file: Path,
    settings: Settings,
    part: Path,
    *,
    device: str = "cpu",
    progress: bool = True,
) -> Iterator[Result]:
    """`ladder.climbs`, with what is done kept in the file `part` until all are: those found there,
    of the same bytes and settings, are not climbed again. Raises BadInput."""
    known = kept(part)
    keys = [key_of(one.name, settings, renderer, inverse_file, device) for one in generators]
    left = [one for one, key in zip(generators, keys, strict=True) if key not in known]
    if len(left) < len(generators) and progress:
        done = len(generators) - len(left)
        click.echo(f"{part}: {done} of {len(generators)} are done", err=True)
    powers = (known[key].power for key in keys if key in known)
    power = next((one for one in powers if one), None)
    fresh = climbs(left, renderer, inverse, settings, power=power, progress=progress)
    for key in keys:
        if key not in known:
            found = next(fresh)
            if key:
                known[key] = found
                keep({k: known[k] for k in keys if k in known}, part)
            yield found
        else:
            yield known[key]
    part.unlink(missing_ok=True)  # after whoever asked has written the last one


def key_of(
    source: str, settings: Settings, renderer: Renderer, inverse_file: Path, device: str
) -> str:
    """Names what a result depends on, the checkpoint's bytes among it; empty for a callable, for
    whose code nobody can vouch."""
    if not Path(source).is_file():
        return ""
    parts = [source, json.dumps(dataclasses.asdict(settings)), repr(renderer), device]
    parts.append(__version__)
    if renderer.palette is not None:
        parts.append(renderer.palette.tobytes().hex())
    for file in (Path(source), inverse_file):
        parts.append(hashlib.sha256(file.read_bytes()).hexdigest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def keep(results: dict[str, Result], path: Path) -> None:
    """Results by key, in numpy's archive. Raises BadInput."""
    arrays = {"results": np.array(json.dumps({k: r.to_dict() for k, r in results.items()}))}
    for key, result in results.items():
        for name, level in result.levels.items():
            if level.draws is not None:
                arrays[f"{key}/draws/{name}"] = level.draws
        arrays |= {f"{key}/pictures/{name}": seen for name, seen in result.pictures.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_bytes(path, buffer.getvalue())


def kept(path: Path) -> dict[str, Result]:
    """By key; none where there is no file. Raises BadInput."""
    if not path.exists():
        return {}
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
        told = json.loads(arrays.pop("results").item())
        return {key: _result(values, _under(arrays, key)) for key, values in told.items()}
    except Exception as error:
        raise BadInput(f"{path}: not what an interrupted run left; remove it") from error


def _under(arrays: dict[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    start = f"{name}/"
    return {key.removeprefix(start): seen for key, seen in arrays.items() if key.startswith(start)}


def _result(values: dict[str, Any], arrays: dict[str, np.ndarray]) -> Result:
    draws = _under(arrays, "draws")
    levels = {
        name: Level(name, draws=draws.get(name), **told | {"ci": told["ci"] and tuple(told["ci"])})
        for name, told in values.pop("levels").items()
    }
    power = {}
    for name, told in values.pop("power").items():
        if told is not None:
            tables = {
                part: {float(share): value for share, value in told[part].items()}
                for part in ("rates", "means")
            }
            power[name] = Power(**told | tables)
    fields = ("generator", "verdict", "established", "no_power", "n", "seed")
    plain = {name: values.pop(name) for name in fields}
    pictures = _under(arrays, "pictures")
    return Result(levels=levels, power=power, pictures=pictures, method=values, **plain)
