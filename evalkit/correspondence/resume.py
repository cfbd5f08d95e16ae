"""What another run need not compute again: the power, which is the same for all generators, in the
cache folder, and of several generators those that an interrupted run left beside its JSON file."""

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np

from evalkit.correspondence.power.search import Power
from evalkit.errors import BadInput
from evalkit.family.renderer import Renderer
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.support.files import write_bytes
from evalkit.support.versions import fingerprint

from .ladder import climbs
from .results import Level, Result, Settings
from .subject import Generator


def resumed(
    generators: list[Generator],
    renderer: Renderer,
    inverse: InverseRenderer,
    inverse_file: Path,
    settings: Settings,
    part: Path | None = None,
    *,
    device: str = "cpu",
    progress: bool = True,
) -> Iterator[Result]:
    """`ladder.climbs`, with the power kept beside the inverse renderer, once for all generators.

    part: keeps what is done until all are; those found there, of the same bytes and settings, are
    not climbed again. Raises BadInput.
    """
    known = {} if part is None else kept(part)
    keys = [key_of(one.name, settings, renderer, inverse_file, device) for one in generators]
    left = [one for one, key in zip(generators, keys, strict=True) if key not in known]
    if len(left) < len(generators) and progress:
        done = len(generators) - len(left)
        click.echo(f"{part}: {done} of {len(generators)} are done", err=True)
    power_file = inverse_file.with_name(f"power-{_key(settings, renderer, [inverse_file])}.json")
    power = kept_power(power_file)
    stored = bool(power)
    if power and progress:
        click.echo(f"power: {power_file}", err=True)
    done_before = [known[key].power for key in keys if key in known]
    power = power or next((one for one in done_before if one), {})
    fresh = climbs(left, renderer, inverse, settings, power=power, progress=progress)
    for key in keys:
        found = known[key] if key in known else next(fresh)
        if found.power and not stored:
            keep_power(found.power, power_file)
            stored = True
        if part is not None and key and key not in known:
            known[key] = found
            keep({k: known[k] for k in keys if k in known}, part)
        yield found
    if part is not None:
        part.unlink(missing_ok=True)  # after whoever asked has written the last one


def keep_power(power: dict[str, Power], path: Path) -> None:
    """Where it cannot be kept, as in a cache of others, that is said and the run goes on."""
    told = {name: dataclasses.asdict(one) for name, one in power.items()}
    try:
        write_bytes(path, json.dumps(told, indent=1).encode())
    except BadInput as error:
        click.echo(f"the power is not kept for the next run: {error}", err=True)


def kept_power(path: Path) -> dict[str, Power]:
    """By rung; none where there is no file. Raises BadInput."""
    if not path.exists():
        return {}
    try:
        return {name: _power(told) for name, told in json.loads(path.read_bytes()).items()}
    except Exception as error:
        raise BadInput(f"{path}: not a kept power; remove it") from error


def key_of(
    source: str, settings: Settings, renderer: Renderer, inverse_file: Path, device: str
) -> str:
    """Names what a result depends on, the checkpoint's bytes among it; empty for a callable, for
    whose code nobody can vouch."""
    if not Path(source).is_file():
        return ""
    return _key(settings, renderer, [Path(source), inverse_file], source, device)


def _key(settings: Settings, renderer: Renderer, files: list[Path], *more: str) -> str:
    parts = [*more, json.dumps(dataclasses.asdict(settings)), repr(renderer), fingerprint()]
    if renderer.palette is not None:
        parts.append(renderer.palette.tobytes().hex())
    parts += [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
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
    told_power = values.pop("power").items()
    power = {name: _power(told) for name, told in told_power if told is not None}
    fields = ("generator", "verdict", "established", "no_power", "n", "seed")
    plain = {name: values.pop(name) for name in fields}
    pictures = _under(arrays, "pictures")
    return Result(levels=levels, power=power, pictures=pictures, method=values, **plain)


def _power(told: dict[str, Any]) -> Power:
    tables = {
        part: {float(share): value for share, value in told[part].items()}
        for part in ("rates", "means")
    }
    return Power(**told | tables)
