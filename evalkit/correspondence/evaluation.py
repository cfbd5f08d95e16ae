"""Has a generator rebuilt the map from parameters to images? The front door of the ladder."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from evalkit.inputs.images import ImageSource
from evalkit.inputs.model import ModelSource
from evalkit.support.docstrings import shared_parameters

from .inputs import learnt_from_data, open_inputs
from .options import CorrespondOptions
from .replicates import ReplicatesResult
from .results import CorrespondResult
from .resume import run_resumable


@shared_parameters
def correspond(
    model_or_models: ModelSource | Sequence[ModelSource],
    data: ImageSource = None,
    *,
    options: CorrespondOptions = CorrespondOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> CorrespondResult | ReplicatesResult:
    """Test whether generators have rebuilt the map from parameters to images.

    The first call on new image settings trains an inverse renderer, which is kept in the cache
    folder together with the power of the tests.

    Parameters
    ----------
    model_or_models
        A checkpoint, ``module:callable``, a function from latents (N, L) to images, an opened
        model, or a list of these, which are compared on the same draws.
    data
        The data set file that they learnt from. Default: as recorded in the checkpoints, and the
        law `normal` for functions.
    options
        Options of the ladder.
    device
        Where checkpoints compute: cpu, cuda or mps.

    Returns
    -------
    CorrespondResult or ReplicatesResult
        The ladder of one model, or those of a list.

    Raises
    ------
    BadInput
        If a model, its data or the options cannot be used.

    Examples
    --------
    >>> result = correspond("runs/aae/ckpt.pt", "normal.h5")  # doctest: +SKIP
    >>> print(result)  # doctest: +SKIP
    >>> result.established, result.identity.p_adjusted  # doctest: +SKIP
    """
    if isinstance(model_or_models, Sequence) and not isinstance(model_or_models, str):
        models = list(model_or_models)
        each = correspond_each(models, data, options=options, device=device, progress=progress)
        return ReplicatesResult(tuple(each))
    models = [model_or_models]
    each = correspond_each(models, data, options=options, device=device, progress=progress)
    return next(each)


def correspond_each(
    models: Sequence[ModelSource],
    data: ImageSource = None,
    *,
    options: CorrespondOptions = CorrespondOptions(),
    device: str = "cpu",
    progress: bool = False,
    part: Path | None = None,
) -> Iterator[CorrespondResult]:
    """Yield the ladder of each generator as it comes.

    The arguments are those of `correspond`. part: a file that keeps finished results until all
    are, so that an interrupted call goes on with the next generator.
    """
    options.check()
    inputs = open_inputs(models, data, options, device=device, progress=progress)
    if progress:
        click.echo(f"inverse renderer: {inputs.inverse_file}", err=True)
    results = run_resumable(inputs, options, part, progress=progress)
    for model, result in zip(inputs.models, results, strict=True):
        learnt = learnt_from_data(model, inputs)
        method = dataclasses.replace(result.method, data=inputs.data, learnt_from=learnt)
        yield dataclasses.replace(result, method=method)
