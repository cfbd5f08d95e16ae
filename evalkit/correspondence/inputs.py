"""Open what a call is about: generators of the same kind of images, their map and its inverse."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.family.renderer import Renderer, renderer_of
from evalkit.inputs.images import ImageSet, ImageSource
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.inputs.provenance import check_dataset, learnt_from
from evalkit.networks import inverse_store
from evalkit.networks.inverse_renderer import InverseRenderer
from fractaldream import open as open_dataset
from fractaldream_base.errors import BadInput

from .options import CorrespondOptions


@dataclass(frozen=True)
class Inputs:
    """What a call is about.

    Attributes
    ----------
    models
        The generators under test.
    renderer, inverse
        The map that they are tested against, and its inverse renderer.
    inverse_file
        Where the inverse renderer is kept.
    data
        The data set that the map's settings come from; None for the law `normal`.
    device
        Where the checkpoints compute.
    """

    models: tuple[LatentModel, ...]
    renderer: Renderer
    inverse: InverseRenderer
    inverse_file: Path
    data: str | None
    device: str


def open_inputs(
    models: Sequence[ModelSource],
    data: ImageSource,
    options: CorrespondOptions,
    *,
    device: str = "cpu",
    progress: bool = False,
) -> Inputs:
    """Open generators, find their data set, and load or train the inverse renderer of its map.

    Parameters
    ----------
    models
        Checkpoints, ``module:callable``, functions or opened models.
    data
        A data set file; None for what the checkpoints record, and the law `normal` for callables.
    options
        Options of the call.
    device
        Where checkpoints compute: cpu, cuda or mps.
    progress
        Show progress on stderr.

    Raises
    ------
    BadInput
        If a generator or its data set cannot be opened, or the generators differ in images or data.
    """
    opened = tuple(as_model(model, device=device) for model in models)
    check_comparable(opened)
    source = find_data(opened, data)
    if source is not None:
        check_dataset(source)
    first = opened[0]
    renderer = renderer_of(
        source,
        mapping=options.mapping,
        size=first.size,
        colour=first.channels == 3,
        palette=recorded_palette(first),
    )
    inverse, _, file = inverse_store.inverse_of(renderer, images=options.images, progress=progress)
    return Inputs(opened, renderer, inverse, file, source, device)


def recorded_data(model: LatentModel) -> str | None:
    """Return the data set that a checkpoint says it learnt from; None where it says none."""
    source: str | None = model.data.get("read", {}).get("source")
    return source


def recorded_palette(model: LatentModel) -> str:
    """Return the palette of a checkpoint's images."""
    return model.data.get("read", {}).get("palette") or "kbc"


def check_comparable(models: Sequence[LatentModel]) -> None:
    """Raise BadInput for models that cannot be tested on the same draws."""
    for model in models:
        if model.conditional:
            raise BadInput(
                f"{model.name}: {model.kind} needs labels, not parameters; give another kind"
            )
        if model.noise_latents:
            raise BadInput(
                f"{model.name}: {model.kind} has no six latents but {model.latent:,}, the noise of "
                "all pixels; give another kind, or ask neighbours, quality or compare"
            )
        if not model.normal_prior:
            raise BadInput(
                f"{model.name}: {model.kind} has no normal latents, which correspondence is about; "
                "give another kind"
            )
    if len({(model.size, model.channels) for model in models}) > 1:
        raise BadInput("generators of different image sizes or channels; ask them one by one")
    if len({model.name for model in models}) < len(models):
        raise BadInput("the same generator twice; give each once")
    if len({recorded_palette(model) for model in models}) > 1:
        raise BadInput("generators of different palettes; ask them one by one")


def find_data(models: Sequence[LatentModel], data: ImageSource) -> str | None:
    """Return the data set file that generators learnt from: the one given, or the one recorded.

    None for callables without a given file. Raises BadInput where checkpoints record none, several,
    or one that is not there.
    """
    if data is not None:
        return data.name if isinstance(data, ImageSet) else str(data)
    for model in models:
        if model.network is not None and recorded_data(model) is None:
            raise BadInput(
                f"{model.name}: does not say what data set it learnt from; give --data FILE"
            )
    recorded = {recorded_data(model): model.name for model in models}
    recorded.pop(None, None)
    if not recorded:
        return None
    if len(recorded) > 1:
        raise BadInput("generators of different data sets; give --data FILE, or ask one by one")
    ((source, name),) = recorded.items()
    if not Path(str(source)).exists():
        raise BadInput(f"{name}: learnt from {source}, which is not there; give --data FILE")
    return source


def learnt_from_data(model: LatentModel, data: str | None) -> bool | None:
    """Return whether a model learnt from the data set file; None where that is not known."""
    if model.network is None or data is None:
        return None
    with open_dataset(data) as file:
        return learnt_from(model.data, {"content_sha256": file.content_sha256}, data)
