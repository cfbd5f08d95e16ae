"""What another run need not compute again: power and finished generators.

The power is the same for all generators and stands in the cache folder; of several generators those
that an interrupted run finished stand beside its JSON file.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import click

from evalkit.family.renderer import Renderer
from evalkit.networks.inverse_store import SHIPPED
from evalkit.support.versions import fingerprint
from fractaldream_base.cache import cache_folder

from .archive import load_power, load_results, save_power, save_results
from .inputs import Inputs
from .ladder import run_ladders
from .options import CorrespondOptions
from .results import CorrespondResult


def run_resumable(
    inputs: Inputs,
    options: CorrespondOptions,
    part: Path | None = None,
    *,
    progress: bool = False,
) -> Iterator[CorrespondResult]:
    """Run the ladder of each generator, but what an earlier run has finished.

    Parameters
    ----------
    inputs
        The generators and the map.
    options
        Options of the ladder.
    part
        Keeps what is done until all are; results found there, of the same bytes and options, are
        not computed again.
    progress
        Show progress on stderr.

    Yields
    ------
    CorrespondResult
        One result after the other.

    Raises
    ------
    BadInput
        For files that are no such results.
    """
    renderer, inverse_file = inputs.renderer, inputs.inverse_file
    known = {} if part is None else load_results(part)
    keys = [key_of(m.name, options, renderer, inverse_file, inputs.device) for m in inputs.models]
    left = [model for model, key in zip(inputs.models, keys, strict=True) if key not in known]
    if len(left) < len(keys) and progress:
        click.echo(f"{part}: {len(keys) - len(left)} of {len(keys)} are done", err=True)
    power_file = _cache_of(inverse_file) / f"power-{_key(options, renderer, [inverse_file])}.json"
    power = load_power(power_file)
    stored = bool(power)
    if power and progress:
        click.echo(f"power: {power_file}", err=True)
    done_before = [known[key].power for key in keys if key in known]
    power = power or next((earlier for earlier in done_before if earlier), {})
    fresh = run_ladders(left, renderer, inputs.inverse, options, power=power, progress=progress)
    for key in keys:
        result = known[key] if key in known else next(fresh)
        if result.power and not stored:
            save_power(result.power, power_file)
            stored = True
        if part is not None and key and key not in known:
            known[key] = result
            save_results(known, part)
        yield result
    if part is not None:
        part.unlink(missing_ok=True)  # after whoever asked has written the last one


def _cache_of(inverse_file: Path) -> Path:
    """Return the folder of what is computed with an inverse renderer: its own, if not a package."""
    return cache_folder() if inverse_file.parent == SHIPPED else inverse_file.parent


def key_of(
    source: str, options: CorrespondOptions, renderer: Renderer, inverse_file: Path, device: str
) -> str:
    """Return a hash of what a result depends on, the checkpoint's bytes among it.

    It is empty for a callable, for whose code nobody can vouch.
    """
    if not Path(source).is_file():
        return ""
    return _key(options, renderer, [Path(source), inverse_file], source, device)


def _key(options: CorrespondOptions, renderer: Renderer, files: list[Path], *more: str) -> str:
    parts = [*more, json.dumps(dataclasses.asdict(options)), repr(renderer), fingerprint()]
    if renderer.palette is not None:
        parts.append(renderer.palette.tobytes().hex())
    parts += [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
