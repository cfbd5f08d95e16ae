"""Results that another run need not compute again: scores of the map and finished generators.

The scores of the map are the same for all generators and stand in the cache folder; of several
generators those that an interrupted run finished stand beside its JSON file.
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
from fractaldream_base.files import file_digest
from fractaldream_models.pretrained import checkpoint_file, is_pretrained

from .archive import load_results, save_results
from .inputs import Inputs
from .ladder import run_ladders
from .map_scores import MapScores, load_scores, save_scores, shipped_file, shipped_scores
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
    finished = {} if part is None else load_results(part)
    keys = [key_of(m.name, options, renderer, inverse_file, inputs.device) for m in inputs.models]
    unfinished = [
        model for model, key in zip(inputs.models, keys, strict=True) if key not in finished
    ]
    if len(unfinished) < len(keys) and progress:
        click.echo(f"{part}: {len(keys) - len(unfinished)} of {len(keys)} are done", err=True)
    scores_file = _cache_of(inverse_file) / f"map-{_key(options, renderer, [inverse_file])}.json"
    scores = shipped_scores(inverse_file, options).joined(load_scores(scores_file))
    done_before = (finished[key].power for key in keys if key in finished)
    scores = scores.joined(MapScores(power=next((power for power in done_before if power), {})))
    if scores.power and progress:
        click.echo("power: known from an earlier measurement", err=True)
    fresh = run_ladders(
        unfinished, renderer, inputs.inverse, options, scores=scores,
        keep=lambda scores: save_scores(scores, scores_file), progress=progress,
    )  # fmt: skip
    for key in keys:
        result = finished[key] if key in finished else next(fresh)
        if part is not None and key and key not in finished:
            finished[key] = result
            save_results(finished, part)
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
    file = checkpoint_file(source) if is_pretrained(source) else Path(source)
    if not file.is_file():
        return ""
    return _key(options, renderer, [file, inverse_file], source, device)


def _key(options: CorrespondOptions, renderer: Renderer, files: list[Path], *more: str) -> str:
    """Return a hash of what all results of a call depend on; the last file is the network's."""
    parts = [*more, json.dumps(dataclasses.asdict(options)), repr(renderer), fingerprint()]
    if renderer.palette is not None:
        parts.append(renderer.palette.tobytes().hex())
    shipped = shipped_file(files[-1], options.n)  # of the inverse renderer
    files = [*files, shipped] if shipped.exists() else files
    parts += map(file_digest, files)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
